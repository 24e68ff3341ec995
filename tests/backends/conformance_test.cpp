// One suite, one line per back end: every back end gives the bits of the simplest one, which runs a
// single thread on the baseline instruction set.
#include <gtest/gtest.h>

#include <cstdlib>

#include "backends/conformance.hpp"
#include "backends/cpu/instruction_set.hpp"
#include "backends/emulated_backend.hpp"

namespace kgon::test {
namespace {

struct Candidate {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;  // throws DeviceUnavailable where it cannot run
};

std::unique_ptr<Backend> cpu_backend(unsigned threads, const std::string& instructions) {
  return make_backend({"cpu", threads, instructions}, nullptr);
}

std::vector<Candidate> candidates() {
  std::vector<Candidate> list;
  for (const auto set : cpu::available_instruction_sets()) {
    for (const unsigned threads : {1u, 2u, 5u}) {
      const std::string name = cpu::name(set);
      list.push_back({"cpu_" + name + "_" + std::to_string(threads),
                      [=] { return cpu_backend(threads, name); }});
    }
  }
  list.push_back({"device_code_buffered", [] { return std::make_unique<EmulatedBackend>(true); }});
  list.push_back({"device_code_direct", [] { return std::make_unique<EmulatedBackend>(false); }});
  list.push_back({"cuda", [] { return make_backend({"cuda", 0, ""}, nullptr); }});
  return list;
}

class Conformance : public testing::TestWithParam<Candidate> {
 protected:
  void SetUp() override {
    try {
      backend_ = GetParam().make();
    } catch (const DeviceUnavailable& reason) {
      if (std::getenv("KGON_REQUIRE_GPU") != nullptr) {
        FAIL() << "KGON_REQUIRE_GPU is set: " << reason.what();
      }
      GTEST_SKIP() << reason.what();
    }
  }

  static const Collected& expected_mixed(Precision precision) {
    static const Collected float32 =
        run(*cpu_backend(1, "baseline"), mixed_plan(Precision::float32));
    static const Collected float64 =
        run(*cpu_backend(1, "baseline"), mixed_plan(Precision::float64));
    return precision == Precision::float32 ? float32 : float64;
  }

  void expect_same(const Collected& expected, const Collected& got) {
    ASSERT_EQ(expected.size(), got.size());
    for (const auto& [key, bytes] : expected) {
      ASSERT_TRUE(got.contains(key)) << "cell " << key.first << " member " << key.second;
      ASSERT_EQ(bytes, got.at(key)) << "cell " << key.first << " member " << key.second;
    }
  }

  std::unique_ptr<Backend> backend_;
};

TEST_P(Conformance, SameBitsInFloat) {
  expect_same(expected_mixed(Precision::float32), run(*backend_, mixed_plan(Precision::float32)));
}

TEST_P(Conformance, SameBitsInDouble) {
  expect_same(expected_mixed(Precision::float64), run(*backend_, mixed_plan(Precision::float64)));
}

TEST_P(Conformance, SameBitsWithThreeHiddenDimensions) {
  expect_same(run(*cpu_backend(1, "baseline"), three_dimensional_plan()),
              run(*backend_, three_dimensional_plan()));
}

TEST_P(Conformance, AMemberAloneHasTheBitsItHasAmongOthers) {
  TrainPlan alone = mixed_plan(Precision::float32);
  alone.first = 17;
  alone.count = 1;
  const Collected& all = expected_mixed(Precision::float32);
  for (const auto& [key, bytes] : run(*backend_, alone)) {
    EXPECT_EQ(key.second, 17u);
    EXPECT_EQ(bytes, all.at(key)) << "cell " << key.first;
  }
}

TEST_P(Conformance, KeepingFewerParametersChangesNothingElse) {
  TrainPlan plan = mixed_plan(Precision::float32);
  plan.keep = KeepParameters::final;
  const std::size_t kept_all = 5 * 18 * sizeof(double), kept_one = 18 * sizeof(double);
  const Collected final = run(*backend_, plan);
  for (const auto& [key, all] : expected_mixed(Precision::float32)) {
    const MemberBytes& bytes = final.at(key);
    ASSERT_EQ(all.size() - bytes.size(), kept_all - kept_one);
    EXPECT_TRUE(std::equal(bytes.rbegin(), bytes.rbegin() + 16, all.rbegin()));
  }
}

TEST_P(Conformance, ADivergingCellIsFrozenAndItsNeighboursAreUntouched) {
  TrainPlan plan = mixed_plan(Precision::float32);
  TrainCell wild = make_cell(Dataset::own, Batching::shuffle, 1000, 20, 400);
  wild.learning_rate = 40;
  plan.cells.insert(plan.cells.begin() + 1, wild);
  CollectingSink sink;
  RunControl control;
  backend_->train(plan, sink, control);
  int failed = 0;
  for (const TrainBlock& block : sink.blocks) {
    if (block.range.cell != 1) continue;
    const std::size_t records = wild.record_steps.size();
    for (std::size_t m = 0; m < block.range.count; ++m) {
      const MemberStatus last = block.status[m * records + records - 1];
      if (last == MemberStatus::ok) continue;
      ++failed;
      EXPECT_GE(block.failed_step[m], 1u);
      EXPECT_LE(block.failed_step[m], wild.steps);
      // The last sound state stands: everything recorded is finite.
      for (std::size_t p = 0; p < records * 18; ++p) {
        EXPECT_TRUE(std::isfinite(block.parameters[m * records * 18 + p]));
      }
    }
  }
  EXPECT_GE(failed, 15);
  for (const auto& [key, bytes] : expected_mixed(Precision::float32)) {
    const std::uint32_t moved = key.first == 0 ? 0 : key.first + 1;
    EXPECT_EQ(bytes, sink.members.at({moved, key.second}));
  }
}

TEST_P(Conformance, CountsEveryStep) {
  CollectingSink sink;
  RunControl control;
  const TrainPlan plan = mixed_plan(Precision::float32);
  backend_->train(plan, sink, control);
  std::uint64_t steps = 0;
  for (const TrainCell& cell : plan.cells) steps += cell.steps * plan.count;
  EXPECT_EQ(control.member_steps.load(), steps);
}

INSTANTIATE_TEST_SUITE_P(Backends, Conformance, testing::ValuesIn(candidates()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace kgon::test
