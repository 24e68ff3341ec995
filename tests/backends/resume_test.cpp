// Runs that are stopped at any time and go on elsewhere have the bits of a run that is not.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "backends/conformance.hpp"
#include "backends/cpu/instruction_set.hpp"
#include "backends/cuda_backend.hpp"
#include "backends/emulated_backend.hpp"
#include "backends/resuming_sink.hpp"

namespace kgon::test {
namespace {

// Runs for a fraction of a millisecond or a little more, asks for states in the middle, and stops.
void run_a_little(Backend& backend, const TrainPlan& plan, ResumingSink& sink, int microseconds) {
  RunControl control;
  const std::jthread watcher([&] {
    for (int part = 0; part < 4; ++part) {
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds / 4));
      ++control.state_requests;
    }
    control.stop = true;
  });
  backend.train(plan, sink, control);
}

// The mixed plan with so many times as many steps.
TrainPlan longer_plan(Precision precision, std::uint64_t times) {
  TrainPlan plan = mixed_plan(precision);
  for (TrainCell& cell : plan.cells) {
    cell.steps *= times;
    for (std::uint64_t& step : cell.record_steps) step *= times;
  }
  return plan;
}

using Makers = std::vector<std::function<std::unique_ptr<Backend>()>>;

Makers cpu_makers() {
  Makers makers;
  for (const auto set : cpu::available_instruction_sets())
    for (const unsigned threads : {1u, 3u})
      makers.push_back([=] { return make_backend({"cpu", threads, cpu::name(set)}, nullptr); });
  return makers;
}

Makers device_makers() {
  Makers makers;
  EmulatedDevices devices;
  makers.push_back([=] { return make_emulated_backend(devices); });
  devices.settings = small_settings();
  devices.count = 3;
  makers.push_back([=] { return make_emulated_backend(devices); });
  return makers;
}

// In slices, each by another one of the back ends.
void expect_same_bits(const TrainPlan& plan, const Makers& makers) {
  const Collected expected = run(*make_backend({"cpu", 2, ""}, nullptr), plan);
  std::mt19937 random(1);
  std::size_t states = 0;
  ResumingSink sink(plan);
  for (std::size_t slice = 0; !sink.is_complete(); ++slice) {
    ASSERT_LT(slice, 100000u);
    states += sink.begin_next();
    const auto backend = makers[slice % makers.size()]();
    run_a_little(*backend, plan, sink, static_cast<int>(100 + random() % 900));
  }
  EXPECT_EQ(sink.duplicates, 0);
  EXPECT_EQ(sink.members, expected);
  EXPECT_GT(states, 10u) << "hardly a member went on from its middle";
}

TEST(Resume, OnTheCpuHasTheSameBits) {
  for (const Precision precision : {Precision::float32, Precision::float64})
    expect_same_bits(longer_plan(precision, 20), cpu_makers());
}

TEST(Resume, OfDeviceCodeHasTheSameBits) {
  expect_same_bits(mixed_plan(Precision::float32), device_makers());
}

TEST(Resume, FromCpuToDeviceAndBackHasTheSameBits) {
  Makers makers = cpu_makers();
  for (const auto& maker : device_makers()) makers.push_back(maker);
  expect_same_bits(longer_plan(Precision::float32, 20), makers);
}

TEST(Resume, WithCudaHasTheSameBits) {
  try {
    cuda::make_cuda_backend({});
  } catch (const DeviceUnavailable& reason) {
    if (std::getenv("KGON_REQUIRE_GPU") != nullptr) FAIL() << reason.what();
    GTEST_SKIP() << reason.what();
  }
  Makers makers = cpu_makers();
  makers.push_back([] { return cuda::make_cuda_backend({}); });
  makers.push_back([] { return cuda::make_cuda_backend({}, small_settings()); });
  expect_same_bits(mixed_plan(Precision::float32), makers);
}

}  // namespace
}  // namespace kgon::test
