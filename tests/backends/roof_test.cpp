// The measured roof of the processor and of a GPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "backends/cpu/instruction_set.hpp"
#include "kgon/batch/multiply_adds.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::test {
namespace {

// Rates depend on the machine and its other work: the bounds are far apart.
TEST(Roof, IsMeasuredOnEveryInstructionSet) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    for (const auto set : cpu::available_instruction_sets()) {
      const auto backend = make_backend({"cpu", 2, cpu::name(set)}, nullptr);
      const auto roof = backend->measure_roof(precision, 0, 0.01);
      ASSERT_TRUE(roof.has_value());
      EXPECT_EQ(roof->instructions, cpu::name(set));
      EXPECT_EQ(roof->threads, 2u);
      EXPECT_GT(roof->flops, 1e7);
      EXPECT_LT(roof->flops, 1e13);
      EXPECT_FALSE(roof->kernel.empty());
      EXPECT_EQ(backend->measure_roof(precision, 1, 0.001)->threads, 1u);
    }
  }
}

// Threads that take turns on a core do not count as if each had one of its own.
TEST(Roof, ManyThreadsDoNoMoreThanTheCoresCan) {
  const auto backend = make_backend({"cpu", 0, ""}, nullptr);
  double all = 0, crowd = 0;
  for (int repeat = 0; repeat < 3; ++repeat) {
    all = std::max(all, backend->measure_roof(Precision::float32, 0, 0.05)->flops);
    crowd = std::max(crowd, backend->measure_roof(Precision::float32, 200, 0.05)->flops);
  }
  EXPECT_LT(crowd, 10 * all);
}

template <class Real>
void expect_sums() {
  std::vector<Real> totals(3, Real(-1));
  for (const std::uint32_t rounds : {0u, 1u}) {
    const MultiplyAdds<Real> work{rounds, Real(0.5), Real(0.5), totals.data()};
    work(1);
    // Sums begin at 1 to 12, and halve their distances from 1 in every turn.
    const double left = rounds == 0 ? 1 : std::ldexp(1.0, -MultiplyAdds<Real>::turns);
    EXPECT_NEAR(totals[1], 12 + 66 * left, 1e-5);
  }
  EXPECT_EQ(totals[0], -1);
  EXPECT_EQ(totals[2], -1);
}

TEST(Roof, TheKernelOfAGpuDoesWhatItCounts) {
  expect_sums<float>();
  expect_sums<double>();
}

TEST(Roof, IsMeasuredOnAGpu) {
  std::unique_ptr<Backend> backend;
  try {
    backend = make_backend({"cuda", 0, ""}, nullptr);
  } catch (const DeviceUnavailable& reason) {
    if (std::getenv("KGON_REQUIRE_GPU") != nullptr) FAIL() << reason.what();
    GTEST_SKIP() << reason.what();
  }
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const auto roof = backend->measure_roof(precision, 0, 0.05);
    ASSERT_TRUE(roof.has_value());
    EXPECT_TRUE(roof->instructions.starts_with("sm_"));
    EXPECT_GE(roof->threads, 256u);
    EXPECT_GT(roof->flops, 1e10);
    EXPECT_LT(roof->flops, 1e16);
    EXPECT_FALSE(backend->measure_roof(precision, 1, 0.01).has_value());
  }
}

}  // namespace
}  // namespace kgon::test
