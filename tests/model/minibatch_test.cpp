#include "kgon/model/tms/minibatch.hpp"

#include <gtest/gtest.h>

#include "support/lanes.hpp"
#include "support/tms_points.hpp"
#include "support/tms_reference.hpp"

namespace kgon::tms {
namespace {

using test::Point;
using test::PointSource;
using Samples = std::vector<std::uint32_t>;

// Samples at which no unit is about to fire: there the last bit would decide.
template <int H, int C>
Samples clear_samples(const Point<H, C>& point, std::size_t count, test::WordSource& source) {
  Point<H, C> w = point;
  Samples samples;
  while (samples.size() < count) {
    const std::uint32_t sample = draw_sample(source.word(), static_cast<std::uint32_t>(C));
    const auto [i, mu] = test::unpacked(sample);
    bool clear = true;
    for (int j = 0; j < C; ++j) {
      const double value = mu * test::dot<H, C>(w, i, j) + test::bias<H, C>(w, j);
      const double size = mu * test::absolute_difference<H, C>(w, i, j);
      clear = clear && (value == 0 || std::abs(value) > 1e-5 * size);
    }
    if (clear) samples.push_back(sample);
  }
  return samples;
}

// The sum over the samples, `Group` at a time.
template <class S, int H, int C, int Group, class Columns>
std::array<S, static_cast<std::size_t>(H* C + C)> total(
    const std::array<S, static_cast<std::size_t>(H* C + C)>& w,
    const std::vector<WordOf<S>>& samples, Columns columns, Columns inputs) {
  for (int p = 0; p < H * C; ++p) {
    columns.set(p, w[static_cast<std::size_t>(p)]);
    inputs.set(p, S(RealOf<S>(0)));
  }
  MinibatchGradient<S, H, C, Columns> gradient(columns, inputs);
  for (std::size_t k = 0; k < samples.size(); k += Group) {
    WordOf<S> group[Group];
    for (std::size_t g = 0; g < Group; ++g) group[g] = samples[k + g];
    gradient.template add<Group>(w.data(), group);
  }
  std::array<S, static_cast<std::size_t>(H * C + C)> sum;
  for (std::size_t p = 0; p < sum.size(); ++p) sum[p] = gradient.total(static_cast<int>(p));
  return sum;
}

template <class S, int H, int C, int Group>
auto blended(const std::array<S, static_cast<std::size_t>(H* C + C)>& w,
             const std::vector<WordOf<S>>& samples) {
  return total<S, H, C, Group>(w, samples, BlendedColumns<S, H, C>{}, BlendedColumns<S, H, C>{});
}

// Columns of a thread among three, the others' entries being left alone.
template <class S, int H, int C, int Group>
auto strided(const std::array<S, static_cast<std::size_t>(H* C + C)>& w,
             const std::vector<WordOf<S>>& samples) {
  std::vector<S> memory(static_cast<std::size_t>(2 * 3 * H * C), S(99));
  StridedColumns<S, H, C> columns{memory.data() + 1, 3};
  StridedColumns<S, H, C> inputs{memory.data() + 3 * H * C + 1, 3};
  const auto sum = total<S, H, C, Group>(w, samples, columns, inputs);
  for (std::size_t k = 0; k < memory.size(); ++k) {
    EXPECT_TRUE(k % 3 == 1 || memory[k] == S(99));
  }
  return sum;
}

template <class Real, int H, int C>
void expect_plain_sum(double bound) {
  PointSource<H, C> points(1);
  for (int round = 0; round < 3000; ++round) {
    const auto w = test::rounded<Real>(points.next());
    const Point<H, C> wide = test::widened(w);
    const Samples samples = clear_samples<H, C>(wide, 20, points.source());
    const auto fires = [&](int i, int j, double mu) {
      Point<H, C> copy = wide;
      return mu * test::dot<H, C>(wide, i, j) + test::bias<H, C>(copy, j) > 0;
    };
    // Its mean of |x - f(x)|^2 against our sum of halves.
    auto truth = test::plain_gradient<H, C>(wide, samples, fires);
    const auto sum = blended<Real, H, C, 4>(w, samples);
    Point<H, C> mean = test::widened(sum);
    for (double& entry : mean) entry *= 2 / static_cast<double>(samples.size());
    ASSERT_LT(test::relative_error(mean, truth.gradient, test::norm(truth.absolute)), bound)
        << round;
  }
}

TEST(Minibatch, IsThePlainSum) {
  expect_plain_sum<float, 2, 6>(1e-5);
  expect_plain_sum<float, 3, 6>(1e-5);
  expect_plain_sum<float, 2, 3>(1e-5);
  expect_plain_sum<double, 2, 6>(1e-11);
}

template <class Real, int H, int C>
void expect_grouping_and_columns_change_no_bit() {
  PointSource<H, C> points(2);
  for (int round = 0; round < 1000; ++round) {
    const auto w = test::rounded<Real>(points.next());
    Samples samples;
    for (int k = 0; k < 20; ++k) samples.push_back(draw_sample(points.source().word(), C));
    if (round % 2 == 0) {  // one feature many times in a group
      for (std::size_t k = 0; k < 12; ++k) samples[k] = samples[0] ^ static_cast<std::uint32_t>(k);
    }
    const auto one = blended<Real, H, C, 1>(w, samples);
    ASSERT_EQ(one, (blended<Real, H, C, 2>(w, samples)));
    ASSERT_EQ(one, (blended<Real, H, C, 4>(w, samples)));
    ASSERT_EQ(one, (strided<Real, H, C, 1>(w, samples)));
    ASSERT_EQ(one, (strided<Real, H, C, 2>(w, samples)));
    ASSERT_EQ(one, (strided<Real, H, C, 4>(w, samples)));
  }
}

TEST(Minibatch, GroupingAndColumnsChangeNoBit) {
  expect_grouping_and_columns_change_no_bit<float, 2, 6>();
  expect_grouping_and_columns_change_no_bit<float, 3, 6>();
  expect_grouping_and_columns_change_no_bit<double, 2, 5>();
}

template <class S, int H, int C>
void expect_pack_bits() {
  using Real = RealOf<S>;
  constexpr std::size_t P = H * C + C;
  PointSource<H, C> points(3);
  for (int round = 0; round < 300; ++round) {
    std::array<S, P> w;
    std::vector<WordOf<S>> samples(12);
    std::vector<std::array<Real, P>> each;
    std::vector<Samples> drawn;
    for (int l = 0; l < test::lanes_of<S>; ++l) {
      each.push_back(test::rounded<Real>(points.next()));
      for (std::size_t p = 0; p < P; ++p) test::set_lane(w[p], l, each.back()[p]);
      drawn.emplace_back();
      for (auto& sample : samples) {
        drawn.back().push_back(draw_sample(points.source().word(), C));
        test::set_lane(sample, l, drawn.back().back());
      }
    }
    const auto sum = blended<S, H, C, 4>(w, samples);
    for (int l = 0; l < test::lanes_of<S>; ++l) {
      const auto lane = static_cast<std::size_t>(l);
      const auto alone = strided<Real, H, C, 1>(each[lane], drawn[lane]);
      for (std::size_t p = 0; p < P; ++p) {
        ASSERT_EQ(test::bits_of(Real(test::lane(sum[p], l))), test::bits_of(alone[p])) << p;
      }
    }
  }
}

TEST(Minibatch, PacksHaveTheBitsOfScalars) {
  expect_pack_bits<Pack<float, 4>, 2, 6>();
  expect_pack_bits<Pack<float, 8>, 2, 6>();
  expect_pack_bits<Pack<float, 8>, 3, 6>();
  expect_pack_bits<Pack<double, 2>, 2, 4>();
}

}  // namespace
}  // namespace kgon::tms
