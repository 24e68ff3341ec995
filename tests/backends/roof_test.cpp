// The measured roof of the processor.
#include <gtest/gtest.h>

#include <algorithm>

#include "backends/cpu/instruction_set.hpp"
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

}  // namespace
}  // namespace kgon::test
