// The counts of `kgon bench`, against functors that run on numbers which count what is done to
// them.
#include "engine/bench_flops.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/sorted_samples.hpp"
#include "kgon/model/tms/minibatch.hpp"
#include "kgon/model/tms/population.hpp"
#include "kgon/model/tms/sorted_loss.hpp"

namespace kgon {

struct Counted {
  double value = 0;
  Counted() = default;
  Counted(double x) : value(x) {}  // NOLINT: as float and double convert
};

inline double flops_done = 0;
inline Counted made(double value, double flops) {
  flops_done += flops;
  return Counted(value);
}
inline Counted operator+(Counted a, Counted b) {
  return made(a.value + b.value, 1);
}
inline Counted operator-(Counted a, Counted b) {
  return made(a.value - b.value, 1);
}
inline Counted operator*(Counted a, Counted b) {
  return made(a.value * b.value, 1);
}
inline Counted operator/(Counted a, Counted b) {
  return made(a.value / b.value, 1);
}
inline Counted operator-(Counted a) {
  return Counted(-a.value);
}
inline bool operator<(Counted a, Counted b) {
  return a.value < b.value;
}
inline bool operator>(Counted a, Counted b) {
  return a.value > b.value;
}
inline Counted fma(Counted a, Counted b, Counted c) {
  return made(a.value * b.value + c.value, 2);
}
inline Counted widen(Counted x) {
  return x;
}
template <class S>
S narrow(Counted x) {
  return x;
}
inline Counted approximate_quotient(Counted a, Counted b) {
  return a / b;
}
inline void settle(Counted&) {}
inline std::uint32_t to_word(Counted x) {
  return static_cast<std::uint32_t>(x.value);
}

template <>
struct ScalarTraits<Counted> {
  using Real = float;
  using Wide = Counted;
  using Float = float;
  using Mask = bool;
  using Word = std::uint32_t;
  static constexpr int lanes = 1;
};

namespace test {
namespace {

// A generic point near no threshold.
template <int H, int C>
std::vector<Counted> a_point() {
  std::vector<Counted> w;
  for (int p = 0; p < H * C + C; ++p) w.emplace_back(0.8 * std::sin(1 + 2.7 * p));
  return w;
}

template <class Work>
double counted(const Work& work) {
  flops_done = 0;
  work();
  return flops_done;
}

template <int H, int C>
void check_minibatch() {
  const auto w = a_point<H, C>();
  const double found = counted([&] {
    using Columns = tms::StridedColumns<Counted, H, C>;
    std::vector<Counted> weights = w, inputs(w.size());
    Columns columns{weights.data(), 1}, sums{inputs.data(), 1};
    tms::MinibatchGradient<Counted, H, C, Columns> gradient(columns, sums);
    for (std::uint32_t k = 0; k < 20; ++k) {
      const std::uint32_t sample[1] = {tms::draw_sample(k * 200'000'003u, std::uint32_t{C})};
      gradient.template add<1>(w.data(), sample);
    }
    for (int p = 0; p < H * C + C; ++p) gradient.total(p);
  });
  EXPECT_EQ(found, minibatch_flops({H, C}, 20));
}

TEST(BenchFlops, OfAMinibatchAreThoseOfTheFunctor) {
  check_minibatch<2, 6>();
  check_minibatch<3, 6>();
  check_minibatch<2, 8>();
}

// A second time the functors compute: of L, width / 3; of L_n, the dot product and 2 / n twice.
template <int H, int C>
void check_losses() {
  const auto w = a_point<H, C>();
  std::vector<Counted> gradient(w.size());
  const double population =
      counted([&] { tms::PopulationLoss<Counted, H, C>{}(w.data(), gradient.data()); });
  EXPECT_EQ(population, population_flops({H, C}) + C * C);
  const auto samples = generate_samples({philox_key(1), 0, 0}, Purpose::data, 30, C);
  const SortedSampleTable table = sort_samples(samples, C);
  const double sorted =
      counted([&] { tms::SortedLoss<Counted, H, C>{}(w.data(), table.view(), gradient.data()); });
  const double again = C * C * (2 * H + 2);
  const double more = sorted - exact_gradient_flops({H, C}) - again;
  // A further look of the searches of a feature takes two for each output.
  EXPECT_GE(more, 0);
  EXPECT_EQ(std::fmod(more, 2 * C), 0);
  EXPECT_LE(more, 2 * C * C * 4);
}

TEST(BenchFlops, OfLossesAreThoseOfTheFunctorsButForWhatIsDoneTwice) {
  check_losses<2, 6>();
  check_losses<3, 6>();
  check_losses<2, 8>();
}

TEST(BenchFlops, OfStepsAddUp) {
  const ModelShape shape{2, 6};
  EXPECT_EQ(sgd_step_flops(shape, 20), 1904);
  EXPECT_EQ(population_step_flops(shape), 1561);
  EXPECT_EQ(exact_gradient_flops(shape), 1153);
  EXPECT_EQ(leapfrog_flops(shape), 1337);
  EXPECT_EQ(langevin_step_flops(shape), 1484);
  EXPECT_EQ(sgld_step_flops(shape, 20), 2012);
}

}  // namespace
}  // namespace test
}  // namespace kgon
