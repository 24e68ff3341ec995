// The noise of sgld's minibatches, against plain sums over samples.
#include "engine/minibatch_noise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/sample_loss.hpp"
#include "engine/sorted_samples.hpp"
#include "support/llc_sites.hpp"
#include "support/streams.hpp"

namespace kgon::test {
namespace {

constexpr ModelShape shape{2, 6};

std::vector<std::uint32_t> samples_of(std::uint32_t n) {
  return sort_samples(generate_samples(stream(7, 3), Purpose::data, n, shape.features),
                      shape.features)
      .samples;
}

TEST(SampleGradient, IsThatOfFiniteDifferences) {
  for (const char* label : {"4++-", "5+", "6"}) {
    std::vector<double> w = labelled_point(label);
    for (std::size_t p = 0; p < w.size(); ++p)
      w[p] += 0.01 * std::sin(3.0 * static_cast<double>(p));
    for (const std::uint32_t sample : samples_of(50)) {
      std::vector<double> gradient(w.size());
      add_sample_gradient(shape, w.data(), sample, gradient);
      for (std::size_t p = 0; p < w.size(); ++p) {
        std::vector<double> above = w, below = w;
        above[p] += 1e-6;
        below[p] -= 1e-6;
        const double slope =
            (sample_loss(shape, above.data(), sample) - sample_loss(shape, below.data(), sample)) /
            2e-6;
        EXPECT_NEAR(gradient[p], slope, 1e-6) << label << ' ' << sample << ' ' << p;
      }
    }
  }
}

TEST(GradientSpread, IsTheTraceOfTheCovariance) {
  const std::vector<double> w = labelled_point("5+");
  const std::vector<std::uint32_t> samples = samples_of(1000);
  double trace = 0;
  for (std::size_t p = 0; p < w.size(); ++p) {
    double sum = 0, squares = 0;
    for (const std::uint32_t sample : samples) {
      std::vector<double> gradient(w.size());
      add_sample_gradient(shape, w.data(), sample, gradient);
      sum += gradient[p] / 1000;
      squares += gradient[p] * gradient[p] / 1000;
    }
    trace += squares - sum * sum;
  }
  EXPECT_GT(trace, 0.001);
  EXPECT_NEAR(gradient_spread(shape, w.data(), samples), trace, 1e-12);
  // Of many samples some stand for the others.
  const std::vector<std::uint32_t> many = samples_of(200'000);
  double all = 0, means = 0;
  std::vector<double> gradient(w.size()), sum(w.size());
  for (const std::uint32_t sample : many) {
    std::ranges::fill(gradient, 0);
    add_sample_gradient(shape, w.data(), sample, gradient);
    for (std::size_t p = 0; p < w.size(); ++p) {
      sum[p] += gradient[p] / 200'000;
      all += gradient[p] * gradient[p] / 200'000;
    }
  }
  for (const double mean : sum) means += mean * mean;
  EXPECT_NEAR(gradient_spread(shape, w.data(), many), all - means, 0.03 * trace);
  EXPECT_EQ(gradient_spread(shape, w.data(), {}), 0);
}

TEST(MinibatchBias, GrowsWithTheStepAndFallsWithTheBatch) {
  EXPECT_DOUBLE_EQ(minibatch_bias(0.5, 20, 100, 1e-3), 1e-3 * 1e4 * 0.5 / 160);
  EXPECT_DOUBLE_EQ(minibatch_bias(0.5, 40, 100, 1e-3), minibatch_bias(0.5, 20, 100, 5e-4));
  EXPECT_DOUBLE_EQ(minibatch_bias(0.5, 20, 100, step_of_minibatch_bias(0.5, 20, 100, 0.07)), 0.07);
  EXPECT_EQ(step_of_minibatch_bias(0, 20, 100, 0.07), INFINITY);
}

}  // namespace
}  // namespace kgon::test
