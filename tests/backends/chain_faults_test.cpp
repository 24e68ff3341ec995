// The devices of `llc` and `sample` that run out of memory or fail, at every place where they can.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "backends/batches/halving.hpp"
#include "backends/emulated_llc.hpp"
#include "backends/llc_plans.hpp"
#include "engine/ladder_work.hpp"
#include "engine/sample_bytes.hpp"
#include "engine/sample_work.hpp"
#include "engine/worker_threads.hpp"
#include "support/emulated_nuts.hpp"
#include "support/emulated_particles.hpp"

namespace kgon::test {
namespace {

using Model = tms::Model<2, 6>;

class NoMemory : public DeviceFailure {
 public:
  using DeviceFailure::DeviceFailure;
};

// The k-th call of the runners of a run fails, and the ones after it where the device is lost.
struct Fault {
  std::uint64_t call = 0;  // from 1; 0: none
  bool is_memory = false;
  std::atomic<std::uint64_t> calls{0};

  void count() {
    const std::uint64_t number = ++calls;
    if (call == 0 || number < call) return;
    if (!is_memory) throw DeviceFailure("the device is lost");
    if (number == call) throw NoMemory("no memory is left");
  }
  bool came() const { return call != 0 && calls >= call; }
};

// The sentence of a run that ended in a failure; nothing where it came to its end.
template <class Run>
std::optional<std::string> failure_of(const Run& run) {
  try {
    run();
    return std::nullopt;
  } catch (const DeviceFailure& failure) {
    return failure.what();
  }
}

// ---- llc ----

class FaultyChains : public EmulatedChainRunner<2, 6, float> {
 public:
  explicit FaultyChains(Fault& fault) : fault_(fault) {}
  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) override {
    fault_.count();
    return EmulatedChainRunner::run(job, outcome, control);
  }

 private:
  Fault& fault_;
};

// What is there is not done again.
class ResumingLlcSink : public CollectingLlcSink {
 public:
  using CollectingLlcSink::CollectingLlcSink;
  bool has(std::size_t site) const override { return earlier_.contains(site); }
  void begin_next() { earlier_ = sites; }

 private:
  SiteBytes earlier_;
};

// Two workers on a device, as the CUDA back end has them: a share that does not fit is halved.
void estimate(const LlcPlan& plan, Fault& fault, LlcSink& sink, RunControl& control,
              unsigned devices = 1) {
  LlcWork work(plan, sink, control);
  RunFailure failure(control);
  const unsigned workers = 2 * devices;
  in_parallel(workers, failure, [&](unsigned) {
    FaultyChains runner(fault);
    const auto most = [&](const LlcGroup& group) {
      return (group.site_count + workers - 1) / workers;
    };
    const auto run = [&](const LlcTask& task) {
      LlcBlock block;
      if (!run_llc_task(task, runner, block, control)) return false;
      sink.accept(std::move(block));
      return true;
    };
    LlcShare share;
    while (work.next(most, false, share))
      if (!batches::run_with_halving<NoMemory>(share.task, run)) return;
  });
  failure.rethrow();
}

// A run with a fault, gone on with if it failed. False where the fault did not come.
bool llc_reaches_its_bits(const LlcPlan& plan, std::uint64_t call, bool is_memory,
                          const SiteBytes& expected, int& failures) {
  Fault fault{call, is_memory};
  ResumingLlcSink sink(plan);
  RunControl control;
  const auto failure = failure_of([&] { estimate(plan, fault, sink, control); });
  if (failure) {
    ++failures;
    EXPECT_EQ(*failure, is_memory ? "no memory is left" : "the device is lost");
    sink.begin_next();
    Fault none;
    RunControl next;
    estimate(plan, none, sink, next);
  }
  EXPECT_EQ(sink.duplicates, 0);
  EXPECT_EQ(sink.sites, expected) << call;
  return fault.came();
}

LlcPlan small_llc_plan() {
  LlcPlan plan = mixed_llc_plan(Precision::float32);
  plan.groups.resize(3);
  plan.sites.resize(plan.groups.back().first_site + plan.groups.back().site_count);
  for (LlcGroup& group : plan.groups) group.draws = std::min<std::uint64_t>(group.draws, 10);
  return plan;
}

TEST(ChainFaults, LlcGoesOnWhereverADeviceFails) {
  const LlcPlan plan = small_llc_plan();
  CollectingLlcSink whole(plan);
  RunControl control;
  emulate_llc<2, 6>(plan, whole, control);
  for (const bool is_memory : {true, false}) {
    int failures = 0;
    std::uint64_t call = 1;
    while (llc_reaches_its_bits(plan, call, is_memory, whole.sites, failures)) ++call;
    EXPECT_GT(call, 10u);
    const int faults = static_cast<int>(call) - 1;
    if (is_memory) {
      EXPECT_LT(failures, faults / 2) << "only a share of a single site cannot be halved";
    } else {
      EXPECT_EQ(failures, faults);
    }
  }
}

TEST(ChainFaults, AnyNumberOfSoundDevicesHasTheSameBits) {
  const LlcPlan plan = small_llc_plan();
  CollectingLlcSink whole(plan);
  RunControl control;
  emulate_llc<2, 6>(plan, whole, control);
  for (const unsigned devices : {1u, 2u, 3u, 5u}) {
    ResumingLlcSink sink(plan);
    Fault none;
    estimate(plan, none, sink, control, devices);
    EXPECT_EQ(sink.sites, whole.sites) << devices;
  }
}

// ---- sample ----

class FaultyParticles : public EmulatedParticleRunner<Model, float> {
 public:
  FaultyParticles(Fault& fault, const std::function<void()>& before)
      : fault_(fault), before_(before) {}
  void start(const ParticleJob& job) override {
    fault_.count();
    EmulatedParticleRunner::start(job);
  }
  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    before_();
    fault_.count();
    return EmulatedParticleRunner::move(stage, control);
  }

 private:
  Fault& fault_;
  const std::function<void()>& before_;
};

class FaultyNuts : public EmulatedNutsRunner<Model, float> {
 public:
  FaultyNuts(Fault& fault, const std::function<void()>& before) : fault_(fault), before_(before) {}
  void start(const NutsJob& job, std::span<const double> points) override {
    fault_.count();
    EmulatedNutsRunner::start(job, points);
  }
  bool advance(RunControl& control) override {
    before_();
    fault_.count();
    return EmulatedNutsRunner::advance(control);
  }

 private:
  Fault& fault_;
  const std::function<void()>& before_;
};

// By run and island, as bytes.
using IslandBytes = std::map<std::pair<std::size_t, std::uint32_t>, Bytes>;

// Keeps what comes, and gives it back to the next run.
class ResumingSampleSink : public SampleSink {
 public:
  void accept(SampleBlock&& block) override {
    const std::lock_guard lock(mutex_);
    // What lies behind the last member is nobody's.
    constexpr std::size_t end = offsetof(DrawStatistics, diverging) + sizeof(bool);
    for (DrawStatistics& draw : block.statistics)
      std::memset(reinterpret_cast<char*>(&draw) + end, 0, sizeof draw - end);
    EXPECT_TRUE(islands.try_emplace({block.run, block.island}, to_bytes(block)).second);
  }
  void hold(SampleState&& state) override {
    const std::lock_guard lock(mutex_);
    on_the_way[{state.run, state.island}] = std::move(state.bytes);
  }
  bool has(std::size_t run, std::uint32_t island) const override {
    return earlier_.contains({run, island});
  }
  Bytes earlier_state(std::size_t run, std::uint32_t island) const override {
    const auto found = earlier_states_.find({run, island});
    return found == earlier_states_.end() ? Bytes{} : found->second;
  }
  void begin_next() {
    earlier_ = islands;
    earlier_states_ = on_the_way;
  }

  IslandBytes islands, on_the_way;

 private:
  std::mutex mutex_;
  IslandBytes earlier_, earlier_states_;
};

// Two workers on a device; the CUDA back end has more.
void sample(const SamplePlan& plan, Fault& fault, SampleSink& sink, RunControl& control,
            unsigned devices = 1) {
  SampleWork work(plan, sink, control);
  LadderWork ladders(plan, sink, control);
  RunFailure failure(control);
  const std::function<void()> ask = [&] { ++control.state_requests; };
  const auto particles = [&] { return std::make_unique<FaultyParticles>(fault, ask); };
  in_parallel(2 * devices, failure, [&](unsigned) {
    if (plan.method == SampleMethod::tempering) {
      run_ladders(ladders, particles, sink, control);
    } else {
      run_islands(
          work, particles, [&] { return std::make_unique<FaultyNuts>(fault, ask); }, sink, control);
    }
  });
  failure.rethrow();
}

SamplePlan small_plan(SampleMethod method) {
  SamplePlan plan;
  plan.levels = tms::phase_levels(6);
  plan.method = method;
  plan.smc.islands = 3;
  plan.smc.particles = 21;
  plan.smc.leapfrogs = 3;
  plan.draws = 5;
  plan.tempering = {3, 10, 12};
  plan.chains.chains = 5;
  plan.chains.warmup = 10;
  plan.chains.thin = 1;
  plan.chains.max_depth = 4;
  plan.chains.start.kind = ChainStart::Kind::uniform;
  SampleRun& run = plan.runs.emplace_back();
  run.key = 900;
  run.samples = 60;
  run.data = {5, 0, Purpose::shared_data};
  if (method != SampleMethod::tempering) return plan;
  SampleLadder& ladder = plan.ladders.emplace_back();
  ladder.key = 300;
  ladder.rungs = {{20, -1}, {60, 0}};
  return plan;
}

class SampleFaults : public testing::TestWithParam<SampleMethod> {};

TEST_P(SampleFaults, AFailedDeviceEndsTheRunAndTheNextOneGoesOn) {
  const SamplePlan plan = small_plan(GetParam());
  ResumingSampleSink whole;
  RunControl control;
  Fault none;
  sample(plan, none, whole, control);
  std::size_t states = 0;
  for (std::uint64_t call = 1; call <= none.calls; call += none.calls > 200 ? 7 : 1) {
    Fault fault{call};
    ResumingSampleSink sink;
    RunControl first, second;
    ASSERT_EQ(failure_of([&] { sample(plan, fault, sink, first); }), "the device is lost");
    EXPECT_LE(fault.calls, call + 1) << "the other worker went on";
    states += sink.on_the_way.size();
    sink.begin_next();
    Fault sound;
    sample(plan, sound, sink, second);
    ASSERT_EQ(sink.islands, whole.islands) << call;
  }
  EXPECT_GT(states, 10u) << "hardly an island went on from its middle";
}

TEST_P(SampleFaults, AnyNumberOfSoundDevicesHasTheSameBits) {
  SamplePlan plan = small_plan(GetParam());
  plan.smc.islands = 7;
  IslandBytes expected;
  for (const unsigned devices : {1u, 2u, 3u, 5u}) {
    ResumingSampleSink sink;
    RunControl control;
    Fault none;
    sample(plan, none, sink, control, devices);
    if (devices == 1) expected = sink.islands;
    EXPECT_EQ(sink.islands, expected) << devices;
  }
  EXPECT_GT(expected.size(), 5u);
}

INSTANTIATE_TEST_SUITE_P(Methods, SampleFaults,
                         testing::Values(SampleMethod::smc, SampleMethod::tempering,
                                         SampleMethod::hmc, SampleMethod::nuts));

}  // namespace
}  // namespace kgon::test
