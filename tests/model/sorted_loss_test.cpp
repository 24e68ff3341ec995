// LoopLoss, LoopGradient and SortedLoss are the same function of the same active set.
#include "kgon/model/tms/sorted_loss.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include "engine/sorted_samples.hpp"
#include "kgon/model/tms/empirical_loop.hpp"
#include "support/lanes.hpp"
#include "support/streams.hpp"
#include "support/tms_points.hpp"
#include "support/tms_reference.hpp"
#include "support/worse.hpp"

namespace kgon::tms {
namespace {

using test::Point;
using test::PointSource;
using Samples = std::vector<std::uint32_t>;

// Every third set has many equal magnitudes.
Samples data_set(std::uint64_t index, std::uint32_t n, int features) {
  Samples samples = generate_samples(test::stream(7, index), Purpose::data, n, features);
  if (index % 3 == 0) {
    for (std::uint32_t& sample : samples) sample |= 0xfffff;  // 8 magnitudes: 1/8, 2/8, ..., 1
  }
  return samples;
}

// The data sets are few and each is used for many points.
constexpr std::uint64_t sets = 12;
constexpr std::uint32_t set_size = 150;

// A loss below 0.01 counts as 0.01: what residuals of order 1 leave of it
// is rounding.
double loss_error(double loss, double truth) {
  return std::abs(loss - truth) / std::max(truth, 0.01);
}

struct Errors {
  double loop_loss = 0, loop = 0, sorted_loss = 0, sorted = 0;
};

template <class Real, int H, int C>
Errors worst_errors(int rounds) {
  std::vector<Samples> data;
  std::vector<SortedSampleTable> sorted;
  for (std::uint64_t k = 0; k < sets; ++k) {
    data.push_back(data_set(k, set_size, C));
    sorted.push_back(sort_samples(data.back(), C));
  }
  Errors worst;
  PointSource<H, C> points(1);
  const auto note = [](double& farthest, double error) { farthest = test::worse(farthest, error); };
  for (int round = 0; round < rounds; ++round) {
    const auto w = test::rounded<Real>(points.next());
    const auto set = static_cast<std::size_t>(round) % sets;
    const auto truth = test::plain_gradient<H, C>(test::widened(w), data[set],
                                                  test::kgon_predicate<Real, H, C>(w));
    // Literally the relative error but where the gradient all but cancels.
    const double size = points.was_near_critical() ? test::norm(truth.absolute) : 0;
    auto gradient = w;
    const auto sample = [&](std::uint32_t k) { return data[set][k]; };
    const double only = static_cast<double>(LoopLoss<Real, H, C>{}(w.data(), sample, set_size));
    note(worst.loop_loss, loss_error(only, truth.loss));
    const double looped = static_cast<double>(
        LoopGradient<Real, H, C>{}(w.data(), sample, set_size, gradient.data()));
    note(worst.loop_loss, loss_error(looped, truth.loss));
    note(worst.loop, test::relative_error(test::widened(gradient), truth.gradient, size));
    const double summed = SortedLoss<Real, H, C>{}(w.data(), sorted[set].view(), gradient.data());
    note(worst.sorted_loss, loss_error(summed, truth.loss));
    note(worst.sorted, test::relative_error(test::widened(gradient), truth.gradient, size));
  }
  return worst;
}

template <class Real, int H, int C>
void expect_errors_below(int rounds, double bound) {
  const auto worst = worst_errors<Real, H, C>(rounds);
  EXPECT_LT(worst.loop_loss, bound);
  EXPECT_LT(worst.loop, bound);
  EXPECT_LT(worst.sorted_loss, bound);
  EXPECT_LT(worst.sorted, bound);
}

TEST(SortedLoss, FloatWithinOneIn100000) {
  expect_errors_below<float, 2, 6>(10000, 1e-5);
  expect_errors_below<float, 2, 4>(2000, 1e-5);
  expect_errors_below<float, 2, 8>(2000, 1e-5);
  expect_errors_below<float, 3, 6>(2000, 1e-5);
}

TEST(SortedLoss, DoubleWithin1e11) {
  expect_errors_below<double, 2, 6>(10000, 1e-11);
  expect_errors_below<double, 2, 5>(2000, 1e-11);
  expect_errors_below<double, 3, 6>(2000, 1e-11);
}

// The table with all samples of features other than i taken away, and sums of `slope` in the place
// of mu and of 0 in that of mu^2.
SortedSampleTable counting_table(const SortedSampleTable& table, int i, double slope) {
  SortedSampleTable counting = table;
  const auto row = static_cast<std::size_t>(i);
  const std::uint32_t begin = table.starts[row], end = table.starts[row + 1];
  for (std::uint32_t& start : counting.starts) start = std::clamp(start, begin, end);
  const std::size_t brackets = table.brackets.size() / (table.starts.size() - 1);
  for (std::size_t k = 0; k < table.brackets.size(); ++k)
    if (k / brackets != row) counting.brackets[k] = {0, 0};
  for (std::size_t k = 0; k < table.sum1.size(); ++k) {
    counting.sum1[k] = slope * static_cast<double>(k);
    counting.sum2[k] = 0;
  }
  std::ranges::fill(counting.sides, SumPair{0, 0});
  for (std::uint32_t k = begin; k <= end; ++k) {
    counting.sides[2 * (k + row)].first = static_cast<float>(slope * (k - begin));
    counting.sides[2 * (k + row) + 1].first = static_cast<float>(slope * (end - k));
  }
  return counting;
}

// How many samples of feature i make unit j fire, for all j, out of SortedLoss: a counting table
// turns the derivative by b_j into 2/n (slope d_ij + b_j) count. |slope| = 1 with the sign at which
// nothing cancels.
template <class Real, int H, int C>
int sorted_count(const std::array<Real, static_cast<std::size_t>(H* C + C)>& w,
                 const SortedSampleTable& table, int i, int j) {
  const Real d = column_dot<H, C>(w.data(), i, j, i == j ? Real(1) : Real(0));
  const Real b = w[static_cast<std::size_t>(Shape<H, C>::bias(j))];
  const SortedSampleTable counting = counting_table(table, i, (d < 0) == (b < 0) ? 1 : -1);
  auto gradient = w;
  SortedLoss<Real, H, C>{}(w.data(), counting.view(), gradient.data());
  const double one = std::abs(static_cast<double>(d)) + std::abs(static_cast<double>(b));
  const double by_bias =
      std::abs(static_cast<double>(gradient[static_cast<std::size_t>(Shape<H, C>::bias(j))]));
  const auto n = static_cast<double>(table.samples.size());
  return one == 0 ? 0 : static_cast<int>(std::lround(by_bias * n / 2 / one));
}

template <class Real, int H, int C>
void expect_same_active_set(int rounds, std::uint32_t n = 40) {
  PointSource<H, C> points(9);
  for (int round = 0; round < rounds; ++round) {
    const auto w = test::rounded<Real>(points.next());
    const Samples data = data_set(static_cast<std::uint64_t>(round), n, C);
    const auto table = sort_samples(data, C);
    const auto truth =
        test::plain_gradient<H, C>(test::widened(w), data, test::kgon_predicate<Real, H, C>(w));
    for (int i = 0; i < C; ++i) {
      for (int j = 0; j < C; ++j) {
        const int expected = truth.active[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
        ASSERT_EQ((sorted_count<Real, H, C>(w, table, i, j)), expected)
            << round << ": " << i << ", " << j;
      }
    }
  }
}

TEST(SortedLoss, SameActiveSetAsTheLoop) {
  expect_same_active_set<float, 2, 6>(1500);
  expect_same_active_set<double, 2, 6>(1500);
  expect_same_active_set<float, 3, 6>(500);
  // Few and many bins, up to the finest.
  expect_same_active_set<float, 2, 6>(100, 1000);
  expect_same_active_set<float, 2, 6>(2, 800'000);
  expect_same_active_set<double, 2, 6>(2, 800'000);
}

// Samples that sit on the very edge, where the predicate hangs on one rounding.
TEST(SortedLoss, SameActiveSetAtTheEdge) {
  constexpr int H = 2, C = 4;
  PointSource<H, C> points(10);
  for (int round = 0; round < 1000; ++round) {
    auto w = test::rounded<float>(points.random(1, 0.3));
    const float a = column_dot<H, C>(w.data(), 0, 1, 0.0f);
    if (a == 0) continue;
    Samples data;
    const std::uint32_t units = 1 + points.source().below(1u << 23);
    const float mu = static_cast<float>(units) / 8388608.0f;
    w[static_cast<std::size_t>(Shape<H, C>::bias(1))] = -mu * a;
    for (int off = -20; off <= 20; ++off) {
      const std::int64_t m = static_cast<std::int64_t>(units) - 1 + off;
      if (m >= 0 && m < (1 << 23)) data.push_back(static_cast<std::uint32_t>(m));
    }
    const auto truth =
        test::plain_gradient<H, C>(test::widened(w), data, test::kgon_predicate<float, H, C>(w));
    ASSERT_EQ((sorted_count<float, H, C>(w, sort_samples(data, C), 0, 1)), truth.active[0][1]);
  }
}

TEST(SortedLoss, OneSample) {
  const Samples one{(2u << 23) | 12345u};
  const auto table = sort_samples(one, 6);
  PointSource<2, 6> points(3);
  for (int round = 0; round < 100; ++round) {
    const Point<2, 6> w = points.next();
    Point<2, 6> gradient;
    const auto truth = test::plain_gradient<2, 6>(w, one, test::kgon_predicate<double, 2, 6>(w));
    const double loss = SortedLoss<double, 2, 6>{}(w.data(), table.view(), gradient.data());
    ASSERT_NEAR(loss, truth.loss, 1e-12);
    ASSERT_LT(test::relative_error(gradient, truth.gradient, test::norm(truth.absolute)), 1e-11);
  }
}

// Sums and gradients of a pack, from one table and by loops, lane by lane those of a scalar.
template <class S, int H, int C>
void expect_sorted_pack_bits() {
  using Real = RealOf<S>;
  constexpr int L = test::lanes_of<S>;
  constexpr std::uint32_t n = 100;
  PointSource<H, C> points(12);
  for (std::uint64_t round = 0; round < 300; ++round) {
    const Samples drawn = data_set(round, n, C);
    const SortedSampleTable table = sort_samples(drawn, C);
    std::array<S, static_cast<std::size_t>(Shape<H, C>::parameters)> w, gradient, looped_gradient;
    std::vector<std::array<Real, w.size()>> each;
    for (int l = 0; l < L; ++l) {
      each.push_back(test::rounded<Real>(points.next()));
      for (std::size_t p = 0; p < w.size(); ++p) test::set_lane(w[p], l, each.back()[p]);
    }
    const WideOf<S> loss = SortedLoss<S, H, C>{}(w.data(), table.view(), gradient.data());
    const auto samples = [&](auto k) {
      WordOf<S> result(0u);
      for (int l = 0; l < L; ++l) test::set_lane(result, l, drawn[test::lane(k, l)]);
      return result;
    };
    const S looped = LoopLoss<S, H, C>{}(w.data(), samples, n);
    const S both = LoopGradient<S, H, C>{}(w.data(), samples, n, looped_gradient.data());
    for (int l = 0; l < L; ++l) {
      const auto& point = each[static_cast<std::size_t>(l)];
      auto g = point, loop_g = point;
      const auto one = [&](std::uint32_t k) { return drawn[k]; };
      ASSERT_EQ(test::lane(loss, l),
                (SortedLoss<Real, H, C>{}(point.data(), table.view(), g.data())));
      ASSERT_EQ(test::lane(looped, l), (LoopLoss<Real, H, C>{}(point.data(), one, n)));
      ASSERT_EQ(test::lane(both, l),
                (LoopGradient<Real, H, C>{}(point.data(), one, n, loop_g.data())));
      for (std::size_t p = 0; p < w.size(); ++p) {
        ASSERT_EQ(test::bits_of(Real(test::lane(gradient[p], l))), test::bits_of(g[p]));
        ASSERT_EQ(test::bits_of(Real(test::lane(looped_gradient[p], l))), test::bits_of(loop_g[p]));
      }
    }
  }
}

TEST(SortedLoss, PacksHaveTheBitsOfScalars) {
  expect_sorted_pack_bits<Pack<float, 4>, 2, 6>();
  expect_sorted_pack_bits<Pack<float, 8>, 3, 6>();
  expect_sorted_pack_bits<Pack<double, 2>, 2, 5>();
}

}  // namespace
}  // namespace kgon::tms
