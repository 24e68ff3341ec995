#include "engine/initial_loss.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/model/tms/model.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"
#include "support/tms_reference.hpp"

namespace kgon {
namespace {

using Model = tms::Model<2, 6>;

constexpr ModelShape shape{2, 6};

test::Point<2, 6> random_point() {
  return test::PointSource<2, 6>(1).random(1, 0.5);
}

SortedSampleTable table(std::uint32_t n) {
  return sort_samples(generate_samples(test::stream(7, 3), Purpose::data, n, 6), 6);
}

double initial_loss(const SortedSampleTable& data, std::uint32_t batch, std::uint32_t chains,
                    std::uint64_t member = 0) {
  return devinterp_initial_loss(shape, random_point().data(), data, batch, chains,
                                test::stream(1, member))
      .mean;
}

// Mean loss of the samples at the first `count` places of the permutation, one after the other.
double mean_of_first(const SortedSampleTable& data, std::uint32_t count) {
  const auto n = static_cast<std::uint32_t>(data.samples.size());
  ShuffledIndices<std::uint32_t> indices(test::stream(1, 0), permutation_grid(n), 0);
  std::vector<std::uint32_t> samples;
  for (std::uint32_t k = 0; k < count; ++k) {
    std::uint32_t index[4];
    indices.next(index, 1);
    samples.push_back(data.samples[index[0]]);
  }
  const auto w = random_point();
  return test::plain_gradient<2, 6>(w, samples, test::kgon_predicate<double, 2, 6>(w)).loss;
}

TEST(InitialLoss, OfAWholeEpochIsTheExactLoss) {
  for (const std::uint32_t n : {1u, 5u, 1000u}) {
    const SortedSampleTable data = table(n);
    double gradient[Model::parameters];
    const double exact = Model::Sorted<double>{}(random_point().data(), data.view(), gradient);
    EXPECT_NEAR(initial_loss(data, n, 1), exact, 1e-13 * exact) << n;
    EXPECT_NEAR(initial_loss(data, 1, n), exact, 1e-13 * exact) << n;
    EXPECT_NEAR(initial_loss(data, n, 16), exact, 1e-13 * exact) << n;
  }
}

TEST(InitialLoss, TakesAMinibatchPerChainWhileThereAreWholeOnes) {
  const SortedSampleTable data = table(20);
  for (const std::uint32_t batch : {1u, 3u, 4u, 7u, 20u}) {
    for (const std::uint32_t chains : {1u, 2u, 3u, 5u, 100u}) {
      const double expected = mean_of_first(data, std::min(chains, 20 / batch) * batch);
      EXPECT_NEAR(initial_loss(data, batch, chains), expected, 1e-13 * expected)
          << batch << ' ' << chains;
    }
  }
}

// Over many streams the initial loss scatters around L_n as its standard error says.
TEST(InitialLoss, HasItsStandardError) {
  constexpr std::uint64_t streams = 2000;
  const SortedSampleTable data = table(400);
  double gradient[Model::parameters];
  const double exact = Model::Sorted<double>{}(random_point().data(), data.view(), gradient);
  double squares = 0;
  for (std::uint64_t member = 0; member < streams; ++member) {
    const InitialLoss found =
        devinterp_initial_loss(shape, random_point().data(), data, 20, 10, test::stream(1, member));
    EXPECT_GT(found.standard_error, 0);
    squares += std::pow((found.mean - exact) / found.standard_error, 2);
  }
  // Half of the samples each time: the variance of the ratio squared is close to 2.
  EXPECT_LT(std::abs(squares / streams - 1) / std::sqrt(2.0 / streams), test::z_bound);
  EXPECT_EQ(devinterp_initial_loss(shape, random_point().data(), data, 400, 1, test::stream(1, 0))
                .standard_error,
            0);
}

TEST(InitialLoss, DependsOnTheStream) {
  const SortedSampleTable data = table(1000);
  EXPECT_EQ(initial_loss(data, 20, 4, 0), initial_loss(data, 20, 4, 0));
  EXPECT_NE(initial_loss(data, 20, 4, 0), initial_loss(data, 20, 4, 1));
}

}  // namespace
}  // namespace kgon
