// `sample` on every back end gives the bits of the simplest one: a single thread on the baseline
// instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>

#include "backends/cpu/instruction_set.hpp"
#include "engine/ladder_work.hpp"
#include "engine/sample_work.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/model.hpp"
#include "support/emulated_nuts.hpp"
#include "support/emulated_particles.hpp"

namespace kgon::test {
namespace {

using Sample = std::function<void(const SamplePlan&, SampleSink&, RunControl&)>;
// By run and island.
using Islands = std::map<std::pair<std::size_t, std::uint32_t>, SampleBlock>;

struct SampleCandidate {
  std::string name;
  std::function<Sample()> make;  // throws DeviceUnavailable where it cannot run
};

void PrintTo(const SampleCandidate& candidate, std::ostream* out) {
  *out << candidate.name;
}

struct CollectingSampleSink : SampleSink {
  void accept(SampleBlock&& block) override {
    const std::lock_guard lock(mutex);
    const std::pair key{block.run, block.island};
    EXPECT_FALSE(islands.contains(key));
    islands[key] = std::move(block);
  }
  std::mutex mutex;
  Islands islands;
};

Sample sample_on(const BackendRequest& request) {
  const std::shared_ptr<Backend> backend = make_backend(request, nullptr);
  return [backend](const SamplePlan& plan, SampleSink& sink, RunControl& control) {
    backend->sample(plan, sink, control);
  };
}

// The functors of the device on the host.
void emulate_sample(const SamplePlan& plan, SampleSink& sink, RunControl& control) {
  using Model = tms::Model<2, 6>;
  const bool wide = plan.precision == Precision::float64;
  const auto make = [&]() -> std::unique_ptr<ParticleRunner> {
    if (wide) return std::make_unique<EmulatedParticleRunner<Model, double>>();
    return std::make_unique<EmulatedParticleRunner<Model, float>>();
  };
  const auto make_nuts = [&]() -> std::unique_ptr<NutsRunner> {
    if (wide) return std::make_unique<EmulatedNutsRunner<Model, double>>();
    return std::make_unique<EmulatedNutsRunner<Model, float>>();
  };
  if (plan.method == SampleMethod::tempering) {
    LadderWork ladders(plan, sink, control);
    return run_ladders(ladders, make, sink, control);
  }
  SampleWork work(plan, sink, control);
  run_islands(work, make, make_nuts, sink, control);
}

std::vector<SampleCandidate> sample_candidates() {
  std::vector<SampleCandidate> list;
  for (const auto set : cpu::available_instruction_sets()) {
    for (const unsigned threads : {1u, 3u}) {
      const BackendRequest request{"cpu", threads, cpu::name(set)};
      list.push_back({"cpu_" + cpu::name(set) + "_" + std::to_string(threads),
                      [request] { return sample_on(request); }});
    }
  }
  list.push_back({"device_code", [] { return Sample(emulate_sample); }});
  list.push_back({"cuda", [] { return sample_on({"cuda", 0, ""}); }});
  return list;
}

// Two data sets and the population, at two n and betas; a number of particles that fills no pack.
SamplePlan mixed_plan(Precision precision) {
  SamplePlan plan;
  plan.precision = precision;
  plan.levels = tms::phase_levels(6);
  plan.smc.islands = 3;
  plan.smc.particles = 37;
  plan.smc.leapfrogs = 5;
  plan.draws = 7;
  for (const std::uint32_t n : {100u, 2000u})
    for (const int data_set : {-1, 0, 1}) {
      SampleRun& run = plan.runs.emplace_back();
      run.key = 900 + plan.runs.size();
      run.samples = n;
      run.population = data_set < 0;
      run.data_set = run.population ? 0 : static_cast<std::uint32_t>(data_set);
      run.data = {5, run.data_set, Purpose::shared_data};
      run.beta = data_set == 1 ? 0.5 : 1;
      run.prior_scale = n == 100 ? 1 : 1.5;
    }
  return plan;
}

// The same posteriors on ladders, with a rung between and one below.
SamplePlan tempering_plan(Precision precision) {
  SamplePlan plan = mixed_plan(precision);
  plan.method = SampleMethod::tempering;
  plan.tempering = {5, 20, 30};
  for (std::size_t r = 0; r < 3; ++r) {
    plan.runs[r + 3].beta = plan.runs[r].beta;
    plan.runs[r + 3].prior_scale = plan.runs[r].prior_scale;
    SampleLadder& ladder = plan.ladders.emplace_back();
    ladder.key = 300 + r;
    ladder.rungs = {{50, -1},
                    {100, static_cast<std::int64_t>(r)},
                    {400, -1},
                    {2000, static_cast<std::int64_t>(r + 3)}};
  }
  return plan;
}

// The same posteriors by chains; their number fills no pack.
SamplePlan chain_plan(SampleMethod method, Precision precision) {
  SamplePlan plan = mixed_plan(precision);
  plan.method = method;
  plan.chains.chains = 13;
  plan.chains.warmup = 40;  // with a window
  plan.chains.thin = 2;
  plan.chains.max_depth = 5;
  plan.chains.start.kind = ChainStart::Kind::uniform;
  return plan;
}

Islands run_sample(const Sample& sample, const SamplePlan& plan) {
  RunControl control;
  CollectingSampleSink sink;
  sample(plan, sink, control);
  EXPECT_FALSE(control.stop);
  EXPECT_EQ(sink.islands.size(), plan.runs.size() * plan.islands().count);
  EXPECT_EQ(control.member_steps, sink.islands.size() * island_progress);
  return sink.islands;
}

Islands baseline(const SamplePlan& plan) {
  return run_sample(sample_on({"cpu", 1, "baseline"}), plan);
}

// Everything that a back end reports of an island; == of doubles, which are never NaN here.
void expect_equal(const SampleBlock& a, const SampleBlock& b) {
  EXPECT_EQ(a.log_evidence, b.log_evidence);
  EXPECT_EQ(a.mean_loss, b.mean_loss);
  EXPECT_EQ(a.hull_phases, b.hull_phases);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.theory, b.theory);
  EXPECT_EQ(a.stages, b.stages);
  EXPECT_EQ(a.acceptance, b.acceptance);
  EXPECT_EQ(a.step_size, b.step_size);
  EXPECT_EQ(a.ancestors, b.ancestors);
  EXPECT_EQ(a.leapfrogs, b.leapfrogs);
  EXPECT_EQ(a.swap_rate, b.swap_rate);
  EXPECT_EQ(a.round_trips, b.round_trips);
  EXPECT_EQ(a.rhat, b.rhat);
  EXPECT_EQ(a.bulk_ess, b.bulk_ess);
  EXPECT_EQ(a.tail_ess, b.tail_ess);
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_EQ(a.phase, b.phase);
  EXPECT_EQ(a.hull_phase, b.hull_phase);
  EXPECT_EQ(a.divergences, b.divergences);
  EXPECT_EQ(a.energy_fraction, b.energy_fraction);
  EXPECT_EQ(a.statistics, b.statistics);
}

class SampleConformance : public testing::TestWithParam<SampleCandidate> {
 protected:
  void SetUp() override {
    try {
      sample_ = GetParam().make();
    } catch (const DeviceUnavailable& reason) {
      if (std::getenv("KGON_REQUIRE_GPU") != nullptr)
        FAIL() << "KGON_REQUIRE_GPU is set: " << reason.what();
      GTEST_SKIP() << reason.what();
    }
  }

  void expect_same(const Islands& expected, const SamplePlan& plan) {
    const Islands islands = run_sample(sample_, plan);
    for (const auto& [key, block] : expected) {
      SCOPED_TRACE(testing::Message() << "run " << key.first << ", island " << key.second);
      expect_equal(islands.at(key), block);
    }
  }

  Sample sample_;
};

TEST_P(SampleConformance, SameBitsInFloat) {
  static const Islands expected = baseline(mixed_plan(Precision::float32));
  expect_same(expected, mixed_plan(Precision::float32));
}

TEST_P(SampleConformance, SameBitsInDouble) {
  static const Islands expected = baseline(mixed_plan(Precision::float64));
  expect_same(expected, mixed_plan(Precision::float64));
}

TEST_P(SampleConformance, LaddersHaveTheSameBits) {
  static const Islands in_float = baseline(tempering_plan(Precision::float32));
  expect_same(in_float, tempering_plan(Precision::float32));
  static const Islands in_double = baseline(tempering_plan(Precision::float64));
  expect_same(in_double, tempering_plan(Precision::float64));
}

TEST_P(SampleConformance, ChainsHaveTheSameBits) {
  for (const SampleMethod method : {SampleMethod::hmc, SampleMethod::nuts}) {
    SCOPED_TRACE(method == SampleMethod::hmc ? "hmc" : "nuts");
    for (const Precision precision : {Precision::float32, Precision::float64}) {
      static std::map<std::pair<SampleMethod, Precision>, Islands> known;
      Islands& expected = known[{method, precision}];
      if (expected.empty()) expected = baseline(chain_plan(method, precision));
      expect_same(expected, chain_plan(method, precision));
    }
  }
}

// Chains of nuts do not see how many stand beside them.
TEST_P(SampleConformance, MoreChainsChangeNoOther) {
  SamplePlan plan = chain_plan(SampleMethod::nuts, Precision::float32);
  plan.runs = {plan.runs[4]};
  const Islands narrow = run_sample(sample_, plan);
  const std::size_t values = narrow.at({0, 0}).parameters.size();
  plan.chains.chains = 22;
  const Islands wide = run_sample(sample_, plan);
  for (const auto& [key, block] : narrow) {
    const std::vector<double>& parameters = wide.at(key).parameters;
    EXPECT_TRUE(std::equal(block.parameters.begin(), block.parameters.end(), parameters.begin()));
    EXPECT_GT(parameters.size(), values);
  }
}

// More islands and other runs beside it change nothing in an island.
TEST_P(SampleConformance, AnIslandDoesNotSeeItsNeighbours) {
  const SamplePlan plan = mixed_plan(Precision::float32);
  const Islands together = run_sample(sample_, plan);
  SamplePlan one = plan;
  one.runs = {plan.runs[4]};
  one.smc.islands = 2;
  const Islands alone = run_sample(sample_, one);
  for (const std::uint32_t island : {0u, 1u})
    expect_equal(alone.at({0, island}), together.at({4, island}));
}

// A shard has the islands of the whole, bit for bit.
TEST_P(SampleConformance, ShardsOfIslandsAreTheWhole) {
  for (const SamplePlan& plan : {mixed_plan(Precision::float32), tempering_plan(Precision::float32),
                                 chain_plan(SampleMethod::hmc, Precision::float32),
                                 chain_plan(SampleMethod::nuts, Precision::float32)}) {
    const Islands whole = run_sample(sample_, plan);
    SamplePlan part = plan;
    part.shard = {1, 2};
    const Islands some = run_sample(sample_, part);
    for (auto [key, block] : some) {
      const auto& [run, island] = key;
      EXPECT_GE(island, 1u);
      // The formula's free energies are the first one's.
      if (island == 1) {
        EXPECT_EQ(block.theory, whole.at({run, 0}).theory);
      }
      block.theory = whole.at(key).theory;
      expect_equal(block, whole.at(key));
    }
  }
}

TEST_P(SampleConformance, StopsEarly) {
  RunControl control;
  control.stop = true;
  for (const SampleMethod method :
       {SampleMethod::smc, SampleMethod::tempering, SampleMethod::hmc, SampleMethod::nuts}) {
    SamplePlan plan = tempering_plan(Precision::float32);
    plan.method = method;
    CollectingSampleSink sink;
    sample_(plan, sink, control);
    EXPECT_TRUE(sink.islands.empty());
  }
}

std::string sample_candidate_name(const testing::TestParamInfo<SampleCandidate>& candidate) {
  return candidate.param.name;
}

INSTANTIATE_TEST_SUITE_P(Backends, SampleConformance, testing::ValuesIn(sample_candidates()),
                         sample_candidate_name);

// The losses that a run reports are the exact ones, in float as in double: at the largest n an
// error of 1e-7 of the loss would be one of the energy's.
TEST(SampleEnergies, AreExactInDouble) {
  SamplePlan plan = mixed_plan(Precision::float32);
  plan.runs = {plan.runs[4]};
  const Islands islands = run_sample(sample_on({"cpu", 1, ""}), plan);
  const SampleRun& first = plan.runs[0];
  const auto table = sort_samples(generate_samples(member_stream(first.data.key, first.data.member),
                                                   first.data.purpose, first.samples, 6),
                                  6);
  for (const auto& [key, block] : islands)
    for (std::size_t d = 0; d < plan.draws; ++d) {
      double gradient[18];
      const double exact =
          tms::SortedLoss<double, 2, 6>{}(block.parameters.data() + d * 18, table.view(), gradient);
      EXPECT_NEAR(block.loss[d], exact, 2e-6 * exact);
    }
}

}  // namespace
}  // namespace kgon::test
