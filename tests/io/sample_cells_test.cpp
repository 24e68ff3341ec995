// From studies to the plans of sample.
#include "io/sample_cells.hpp"
#include "io/compiled_models.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "io/usage_error.hpp"

namespace kgon {
namespace {

ExpandedSample expand_runs(const std::string& text) {
  return expand_sample(parse_study(text, "s.toml", {}), test::compiled_models);
}

// What the random numbers of a run hang on: its settings, the key of its islands and its data.
using RunStreams = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>;

RunStreams run_streams_of(const ExpandedSample& expanded) {
  RunStreams streams;
  for (const SampleRun& run : expanded.plan.runs)
    streams[run.settings] = {run.key, run.data.key + run.data.member};
  return streams;
}

bool contains(const RunStreams& wide, const RunStreams& narrow) {
  for (const auto& [settings, keys] : narrow) {
    const auto found = wide.find(settings);
    if (found == wide.end() || found->second != keys) return false;
  }
  return true;
}

TEST(SampleCells, DefaultIsOnePosteriorOfOneDataSet) {
  const SamplePlan plan = expand_runs("").plan;
  ASSERT_EQ(plan.runs.size(), 1u);
  const SampleRun& run = plan.runs[0];
  EXPECT_EQ(run.settings,
            "features=6;hidden=2;samples=1000;dataset=sampled;data-set=0;beta=1;prior-scale=1;"
            "particles=2048;ess=0.9;moves=2;leapfrogs=16");
  EXPECT_EQ(run.samples, 1000u);
  EXPECT_FALSE(run.population);
  EXPECT_EQ(run.data_set, 0u);
  EXPECT_EQ(run.data.member, 0u);
  EXPECT_EQ(run.data.purpose, Purpose::shared_data);
  EXPECT_EQ(run.beta, 1.0);
  EXPECT_EQ(run.prior_scale, 1.0);
  EXPECT_EQ(plan.smc.islands, 16u);
  EXPECT_EQ(plan.smc.particles, 2048u);
  EXPECT_EQ(plan.smc.ess, 0.9);
  EXPECT_EQ(plan.smc.moves, 2u);
  EXPECT_EQ(plan.smc.leapfrogs, 16u);
  EXPECT_EQ(plan.draws, 100u);
  EXPECT_EQ(plan.precision, Precision::float32);
  EXPECT_GT(plan.levels.count, 0);
}

// Keys are part of the bits contract: these values never change.
TEST(SampleCells, KeysAreThoseOfTheContract) {
  const SampleRun run = expand_runs("").plan.runs[0];
  EXPECT_EQ(run.key, 5126397085278953569u);
  EXPECT_EQ(run.data.key, 15638093154277838567u);
  EXPECT_NE(expand_runs("seed = 2").plan.runs[0].key, run.key);
  EXPECT_NE(expand_runs("seed = 2").plan.runs[0].data.key, run.data.key);
}

TEST(SampleCells, WideningAListChangesNoOtherRun) {
  const RunStreams narrow =
      run_streams_of(expand_runs("[sample]\nsamples = [100, 200]\ndatasets = 2"));
  EXPECT_EQ(narrow.size(), 4u);
  for (const char* wide :
       {"samples = [100, 150, 200, 1000]\ndatasets = 2", "samples = [200, 100]\ndatasets = 7",
        "samples = [100, 200]\ndatasets = 2\ndataset = [\"population\", \"sampled\"]",
        "samples = [100, 200]\ndatasets = 2\nbeta = [0.5, 1]\nprior-scale = [1, 3]",
        "samples = [100, 200]\ndatasets = 2\nislands = 4\ndraws = 0"})
    EXPECT_TRUE(contains(run_streams_of(expand_runs(std::string("[sample]\n") + wide)), narrow))
        << wide;
  for (const char* other : {"particles = 512", "ess = 0.5", "moves = 3", "leapfrogs = 4"})
    EXPECT_FALSE(contains(run_streams_of(expand_runs(std::string("[sample]\nsamples = [100, 200]\n"
                                                                 "datasets = 2\n") +
                                                     other)),
                          narrow))
        << other;
}

// A ladder in n is one thing: equal settings have to mean equal bits, and keys are those of them.
TEST(SampleCells, PosteriorsOfALadderHangOnItsGrid) {
  const auto streams = [](const std::string& text) {
    return run_streams_of(expand_runs("[sample]\nsampler = \"tempering\"\n" + text));
  };
  const RunStreams narrow = streams("samples = [200, 100]\ndatasets = 2");
  EXPECT_EQ(narrow.size(), 4u);
  EXPECT_EQ(narrow.begin()->first,
            "features=6;hidden=2;samples=100;dataset=sampled;data-set=0;beta=1;prior-scale=1;"
            "sampler=tempering;chains=16;warmup=500;rounds=2000;ladder-ratio=1.4;moves=2;"
            "leapfrogs=16;grid=100,200");
  std::set<std::uint64_t> keys;
  for (const auto& [settings, of_run] : narrow) keys.insert(of_run.first);
  EXPECT_EQ(keys.size(), 4u);
  for (const char* wide :
       {"samples = [100, 200]\ndatasets = 7", "samples = [100, 200, 100]\ndatasets = 2",
        "samples = [100, 200]\ndatasets = 2\ndataset = [\"population\", \"sampled\"]",
        "samples = [100, 200]\ndatasets = 2\nbeta = [0.5, 1]\nprior-scale = [1, 3]"})
    EXPECT_TRUE(contains(streams(wide), narrow)) << wide;
  for (const auto& [settings, of_run] : streams("samples = [100, 200, 300]\ndatasets = 2")) {
    EXPECT_FALSE(narrow.contains(settings)) << settings;
    EXPECT_FALSE(keys.contains(of_run.first)) << settings;
  }
}

TEST(SampleCells, RunsFollowTheTableOfKeysAndDataSetsStandTogether) {
  const SamplePlan plan =
      expand_runs("[sample]\nsamples = [100, 200]\ndatasets = 2\nbeta = [1, 0.5]").plan;
  ASSERT_EQ(plan.runs.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(plan.runs[i].samples, i < 4 ? 100u : 200u);
    EXPECT_EQ(plan.runs[i].beta, i / 2 % 2 == 0 ? 1 : 0.5);
    EXPECT_EQ(plan.runs[i].data_set, i % 2);
    EXPECT_EQ(plan.runs[i].data.member, i % 2);
  }
  std::set<std::uint64_t> keys;
  for (const SampleRun& run : plan.runs) keys.insert(run.key);
  EXPECT_EQ(keys.size(), 8u);
}

TEST(SampleCells, DataSetsOfDifferentSizeAreNested) {
  const SamplePlan plan = expand_runs("[sample]\nsamples = [100, 200]\nbeta = [1, 2]").plan;
  for (const SampleRun& run : plan.runs) EXPECT_EQ(run.data, plan.runs[0].data);
}

TEST(SampleCells, ThePopulationHasOneRunForEveryN) {
  const SamplePlan plan = expand_runs(
                              "[sample]\nsamples = [100, 200]\ndatasets = 3\n"
                              "dataset = [\"sampled\", \"population\"]")
                              .plan;
  ASSERT_EQ(plan.runs.size(), 8u);
  EXPECT_FALSE(plan.runs[2].population);
  const SampleRun& population = plan.runs[3];
  EXPECT_TRUE(population.population);
  EXPECT_EQ(population.data_set, 0u);
  EXPECT_EQ(population.data, DataSource{});
  EXPECT_EQ(population.settings,
            "features=6;hidden=2;samples=100;dataset=population;beta=1;prior-scale=1;"
            "particles=2048;ess=0.9;moves=2;leapfrogs=16");
}

TEST(SampleCells, EqualRunsAreRunOnce) {
  const ExpandedSample expanded =
      expand_runs("[sample]\nsamples = [100, 100]\nbeta = [1, 1.0]\ndatasets = 2");
  EXPECT_EQ(expanded.plan.runs.size(), 2u);
  EXPECT_EQ(expanded.duplicates, 6u);
}

TEST(SampleCells, SaysWhatChangesNothing) {
  using Notes = std::vector<std::string>;
  EXPECT_EQ(
      expand_runs("[sample]\ndataset = \"population\"\ndatasets = 3").notes,
      Notes{"s.toml:3: sample.datasets: changes nothing here; it counts for dataset = sampled"});
  EXPECT_EQ(expand_runs("[sample]\ndataset = [\"population\", \"sampled\"]\ndatasets = 3").notes,
            Notes{});
  EXPECT_EQ(expand_runs("[sample]\nislands = 1").notes,
            Notes{"s.toml:2: sample.islands: a single island has no standard errors"});
}

TEST(SampleCells, ShardsCutTheIslandsAndNothingElse) {
  const auto cut = [](Shard shard) {
    return expand_sample(parse_study("[sample]\nsamples = [100, 200]\nislands = 7", "s.toml", {}),
                         test::compiled_models, shard)
        .plan;
  };
  const SamplePlan whole = cut({});
  EXPECT_FALSE(whole.is_part());
  EXPECT_FALSE(cut({0, 1}).is_part());
  for (const std::uint64_t count : {2u, 3u, 7u}) {
    std::uint32_t next = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const SamplePlan part = cut({i, count});
      EXPECT_EQ(part.islands().first, next);
      next = part.islands().end();
      EXPECT_EQ(part.smc.islands, 7u);
      EXPECT_EQ(part.runs[1].key, whole.runs[1].key);
      EXPECT_EQ(part.runs.size(), 2u);
    }
    EXPECT_EQ(next, 7u);
  }
  try {
    cut({0, 8});
    ADD_FAILURE() << "8 shards of 7 islands";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()),
              "--shard: 7 islands of every posterior cannot be cut into 8 shards");
  }
}

TEST(SampleStudyHash, CountsWhatResultsDependOn) {
  const auto hash = [](const std::string& text) {
    const Study study = parse_study(text, "s.toml", {});
    return sample_study_hash(study, expand_sample(study, test::compiled_models).plan);
  };
  const std::string base = hash("");
  EXPECT_EQ(base.size(), 16u);
  EXPECT_EQ(base, hash("threads = 2\ndevice = \"cpu\"\nmax-failed = 1\n[train]\nlr = 1\n[llc]"));
  std::set<std::string> hashes{base};
  for (const char* other :
       {"seed = 2", "precision = \"double\"", "features = 5", "phase-length = 0.1",
        "[sample]\nsamples = 10", "[sample]\ndatasets = 2", "[sample]\ndataset = \"population\"",
        "[sample]\nbeta = 0.5", "[sample]\nprior-scale = 2", "[sample]\nislands = 8",
        "[sample]\nparticles = 128", "[sample]\ness = 0.5", "[sample]\nmoves = 1",
        "[sample]\nleapfrogs = 8", "[sample]\ndraws = 10"})
    EXPECT_TRUE(hashes.insert(hash(other)).second) << other;
}

TEST(SampleBytes, GrowWithWhatIsKept) {
  const auto result = [](const std::string& text) {
    return sample_result_bytes(expand_runs(text).plan);
  };
  const auto memory = [](const std::string& text) {
    return sample_blocks_bytes(expand_runs(text).plan);
  };
  EXPECT_EQ(result("[sample]\ndraws = 101"), result("") + 16 * (18 * 8 + 20));
  EXPECT_EQ(memory("[sample]\ndraws = 101"), memory(""));
  EXPECT_GT(memory("[sample]\nislands = 17"), memory(""));
  EXPECT_GT(result("[sample]\nislands = 17"), result(""));
  // Of every chain.
  const std::string tempering = "[sample]\nsampler = \"tempering\"\nchains = 5\ndraws = ";
  EXPECT_EQ(result(tempering + "11"), result(tempering + "10") + 16 * 5 * (18 * 8 + 20));
  EXPECT_EQ(memory(tempering + "11"), memory(tempering + "10"));
  // Losses and phases of one run.
  const std::string nuts = "[sample]\nsampler = \"nuts\"\nchains = 5\ndraws = ";
  EXPECT_EQ(memory(nuts + "11"), memory(nuts + "10") + 16 * 5 * 64);
  EXPECT_EQ(memory(nuts + "11\nbeta = [0.5, 1]") - memory(nuts + "10\nbeta = [0.5, 1]"),
            16 * 5 * 64);
  EXPECT_EQ(result("[sample]\ndatasets = 3"), 3 * result(""));
  EXPECT_LT(result("[sample]\nparticles = 16777216\nislands = 65536\ndraws = 16777216"),
            std::uint64_t{1} << 62);
}

}  // namespace
}  // namespace kgon
