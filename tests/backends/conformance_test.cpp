// One suite, one line per back end: every back end gives the bits of the simplest one, which runs a
// single thread on the baseline instruction set.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <ostream>

#include "backends/conformance.hpp"
#include "backends/cpu/instruction_set.hpp"
#include "backends/cuda_backend.hpp"
#include "backends/emulated_backend.hpp"

namespace kgon::test {
namespace {

struct Candidate {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;  // throws DeviceUnavailable where it cannot run
};

void PrintTo(const Candidate& candidate, std::ostream* out) {
  *out << candidate.name;
}

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
  EmulatedDevices devices;
  list.push_back({"device_code_buffered", [=] { return make_emulated_backend(devices); }});
  devices.settings = small_settings();
  list.push_back({"device_code_in_small_batches", [=] { return make_emulated_backend(devices); }});
  devices.count = 3;
  devices.scratch_bytes = 0;
  list.push_back({"device_code_direct_on_three", [=] { return make_emulated_backend(devices); }});
  list.push_back({"cuda", [] { return cuda::make_cuda_backend({}); }});
  list.push_back(
      {"cuda_in_small_batches", [] { return cuda::make_cuda_backend({}, small_settings()); }});
  return list;
}

// Of a member, the bytes before its parameters (every other record), the parameters of its last
// record, and the bytes behind.
std::array<MemberBytes, 3> without_early_parameters(const MemberBytes& bytes, std::size_t records,
                                                    std::size_t kept_records) {
  constexpr std::size_t record = 8 + 8 + 4 + 2 + 2 + 1 + 1 + 1, parameters = 18 * sizeof(double);
  const auto kept = bytes.begin() + static_cast<std::ptrdiff_t>(records * record);
  const auto end = kept + static_cast<std::ptrdiff_t>(kept_records * parameters);
  return {MemberBytes(bytes.begin(), kept),
          MemberBytes(end - static_cast<std::ptrdiff_t>(parameters), end),
          MemberBytes(end, bytes.end())};
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

  static Collected expected(const TrainPlan& plan) {
    return run(*cpu_backend(1, "baseline"), plan);
  }
  static const Collected& expected_mixed(Precision precision) {
    static const Collected float32 = expected(mixed_plan(Precision::float32));
    static const Collected float64 = expected(mixed_plan(Precision::float64));
    return precision == Precision::float32 ? float32 : float64;
  }
  static const Collected& expected_buffered(Precision precision) {
    static const Collected float32 = expected(buffered_plan(Precision::float32));
    static const Collected float64 = expected(buffered_plan(Precision::float64));
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

TEST_P(Conformance, SameBitsWithSmallMinibatches) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    expect_same(expected_buffered(precision), run(*backend_, buffered_plan(precision)));
  }
}

TEST_P(Conformance, SameBitsWithThreeHiddenDimensions) {
  static const Collected of_baseline = expected(three_dimensional_plan());
  expect_same(of_baseline, run(*backend_, three_dimensional_plan()));
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
  const Collected final = run(*backend_, plan);
  for (const auto& [key, all] : expected_mixed(Precision::float32)) {
    const std::size_t records = plan.cells[key.first].record_steps.size();
    EXPECT_EQ(without_early_parameters(all, records, records),
              without_early_parameters(final.at(key), records, 1))
        << "cell " << key.first << " member " << key.second;
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

// 4,096 members, each from a point of its own; those of every hundredth blow up where `planted`.
TrainPlan crowd(bool planted) {
  constexpr std::uint64_t members = 4096;
  TrainPlan plan;
  plan.trajectories = plan.count = members;
  plan.levels = tms::phase_levels(6);
  TrainCell cell = make_cell(Dataset::own, Batching::shuffle, 37, 7, 40);
  cell.record_steps = {0, 40};
  const std::vector<double> point = cell.start;
  cell.start.clear();
  for (std::uint64_t m = 0; m < members; ++m) {
    // A cubed weight is far out, and that of 1e15 has no finite square in float32.
    const double far = m % 200 == 7 ? 30.0 : 1e15;
    for (const double x : point) cell.start.push_back(planted && m % 100 == 7 ? far : x);
  }
  plan.cells.push_back(cell);
  return plan;
}

TEST_P(Conformance, FortyOneOf4096BlowUpAlone) {
  CollectingSink sink;
  RunControl control;
  backend_->train(crowd(true), sink, control);
  static const Collected calm = expected(crowd(false));
  ASSERT_EQ(calm.size(), 4096u);
  std::map<std::uint64_t, MemberStatus> failed;
  for (const TrainBlock& block : sink.blocks) {
    for (std::size_t m = 0; m < block.range.count; ++m) {
      const std::uint64_t member = block.range.first + m;
      const MemberStatus last = block.status[m * 2 + 1];
      if (last == MemberStatus::ok) continue;
      failed[member] = last;
      EXPECT_GE(block.failed_step[m], 1u) << member;
      EXPECT_LE(block.failed_step[m], 40u) << member;
    }
  }
  ASSERT_EQ(failed.size(), 41u);
  for (const auto& [member, status] : failed) {
    EXPECT_EQ(member % 100, 7u);
    EXPECT_EQ(status, member % 200 == 7 ? MemberStatus::diverged : MemberStatus::non_finite);
  }
  for (const auto& [key, bytes] : sink.members) {
    if (failed.contains(key.second)) continue;
    ASSERT_EQ(bytes, calm.at(key)) << key.second;
  }
  std::cout << failed.size()
            << " of 4,096 members blew up, the others had the bits of a run without\n";
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
