// `kgon sample --shard I/N`, and `kgon merge` of what it makes.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "support/group_reader.hpp"

namespace kgon::test {
namespace {

using Json = nlohmann::json;

class SampleShards : public CommandLine {
 protected:
  Result sample(const Arguments& study, const Arguments& more) const {
    Arguments all{"sample", "--device", "cpu", "--threads", "1"};
    all.insert(all.end(), study.begin(), study.end());
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }

  // Names of all shards, which are written.
  std::vector<std::string> shards(const Arguments& study, int count) const {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      names.push_back("s" + std::to_string(i) + "_" + std::to_string(count) + ".nc");
      const std::string shard = std::to_string(i) + "/" + std::to_string(count);
      const Result result = sample(study, {"--quiet", "--shard", shard, "-o", names.back()});
      EXPECT_EQ(result.status, 0) << result.err;
    }
    return names;
  }

  Result merge(const std::vector<std::string>& names, const Arguments& more) const {
    Arguments all{"merge"};
    all.insert(all.end(), names.begin(), names.end());
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }

  void expect_one_digest(const Arguments& study) const {
    const Result whole = sample(study, {"--json", "-o", "w.nc"});
    ASSERT_EQ(whole.status, 0) << whole.err;
    for (const int count : {1, 2, 3, 8}) {
      std::vector<std::string> names = shards(study, count);
      std::ranges::reverse(names);
      const Result merged = merge(names, {"-o", "m.nc", "--json"});
      ASSERT_EQ(merged.status, 0) << merged.err;
      EXPECT_EQ(Json::parse(merged.out).at("digest"), Json::parse(whole.out).at("digest")) << count;
      // Groups that no digest counts.
      if (has_group(path("w.nc"), "theory")) {
        EXPECT_EQ(theory_of("m.nc"), theory_of("w.nc")) << count;
      }
      for (const char* group : {"crossings", "free_energy_fit"})
        EXPECT_EQ(has_group(path("m.nc"), group), has_group(path("w.nc"), group)) << group;
    }
  }

  std::string path(const std::string& name) const { return (work_ / name).string(); }

 private:
  // Without NaN, which equals nothing.
  std::vector<double> theory_of(const std::string& name) const {
    std::vector<double> values =
        GroupReader(path(name), "theory").values<double>("theory_occupancy");
    std::erase_if(values, [](double value) { return value != value; });
    return values;
  }
};

// Small enough for a debug build.
const Arguments smc = {
    "--samples",   "40,80,120", "--datasets",  "2",   "--dataset", "sampled,population",
    "--islands",   "8",         "--particles", "32",  "--draws",   "3",
    "--leapfrogs", "4",         "--ess",       "0.6", "--moves",   "1"};
const Arguments tempering = {"--sampler", "tempering", "--samples", "60,90", "--datasets",  "2",
                             "--islands", "8",         "--chains",  "3",     "--warmup",    "6",
                             "--rounds",  "20",        "--draws",   "4",     "--leapfrogs", "3"};
const Arguments hmc = {"--sampler", "hmc",      "--samples",   "40,80",    "--islands",
                       "8",         "--chains", "3",           "--warmup", "10",
                       "--draws",   "8",        "--leapfrogs", "4"};
const Arguments nuts = {"--sampler", "nuts",     "--samples",   "40,80",    "--islands",
                        "8",         "--chains", "2",           "--warmup", "10",
                        "--draws",   "8",        "--max-depth", "4"};

TEST_F(SampleShards, OfSmcMergeToTheWhole) {
  expect_one_digest(smc);
}

TEST_F(SampleShards, OfTemperingMergeToTheWhole) {
  expect_one_digest(tempering);
}

TEST_F(SampleShards, OfHmcMergeToTheWhole) {
  expect_one_digest(hmc);
}

TEST_F(SampleShards, OfNutsMergeToTheWhole) {
  expect_one_digest(nuts);
}

// Another machine's instruction set and number of threads, and islands without draws.
TEST_F(SampleShards, MayRunAnywhere) {
  Arguments study = smc;
  study[std::ranges::find(study, "--draws") - study.begin() + 1] = "0";
  const Result whole = sample(study, {"--json", "-o", "w.nc"});
  ASSERT_EQ(whole.status, 0) << whole.err;
  study.insert(study.end(), {"--instructions", "baseline"});
  const Result merged = merge(shards(study, 2), {"-o", "m.nc", "--json"});
  ASSERT_EQ(merged.status, 0) << merged.err;
  EXPECT_EQ(Json::parse(merged.out).at("digest"), Json::parse(whole.out).at("digest"));
}

TEST_F(SampleShards, SayWhatTheyAre) {
  const Json json = Json::parse(sample(smc, {"--shard", "1/3", "--json", "-o", "x.nc"}).out);
  EXPECT_EQ(json.at("shard"), Json({{"first", 2}, {"count", 3}, {"islands", 8}}));
  EXPECT_EQ(json.at("islands"), 3);
  const Result table = sample(smc, {"--shard", "1/3", "-o", "x.nc"});
  EXPECT_NE(table.out.find("of 3 islands of 32 particles (shard: islands 2 to 4 of 8)"),
            std::string::npos)
      << table.out;
  const Json dry = Json::parse(sample(smc, {"--shard", "1/3", "--dry-run", "--json"}).out);
  EXPECT_EQ(dry.at("shard"), json.at("shard"));
  EXPECT_EQ(dry.at("islands"), 9 * 3);
  const Json all = Json::parse(sample(smc, {"--dry-run", "--json"}).out);
  EXPECT_EQ(all.at("shard"), Json({{"first", 0}, {"count", 8}, {"islands", 8}}));
  EXPECT_EQ(all.at("study_hash"), dry.at("study_hash"));
  EXPECT_LT(dry.at("memory_bytes"), all.at("memory_bytes"));
  const Result lines = sample(smc, {"--shard", "1/3", "--dry-run"});
  EXPECT_NE(lines.out.find("# islands        27 (shard: islands 2 to 4 of 8)"), std::string::npos)
      << lines.out;
}

// Errors are from the spread of islands, of which there is one.
TEST_F(SampleShards, OfOneIslandHaveNoErrorsAndSayWhy) {
  const Result result = sample(smc, {"--shard", "3/8", "--json", "-o", "x.nc"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(result.out);
  for (const Json& one : json.at("runs")) {
    EXPECT_TRUE(one.at("log_evidence").is_number());
    EXPECT_TRUE(one.at("log_evidence_se").is_null());
    EXPECT_NE(one.at("doubt").get<std::string>().find("merge the shards"), std::string::npos);
  }
  Arguments one_chain = nuts;
  one_chain[std::ranges::find(one_chain, "--chains") - one_chain.begin() + 1] = "1";
  const Result chain = sample(one_chain, {"--shard", "7/8", "--json", "-o", "y.nc"});
  ASSERT_EQ(chain.status, 0) << chain.err;
  for (const Json& one : Json::parse(chain.out).at("runs")) {
    EXPECT_TRUE(one.at("mean_loss_se").is_null());
    EXPECT_TRUE(one.at("rhat").is_null());
    EXPECT_NE(one.at("doubt").get<std::string>().find("R-hat needs 2 chains"), std::string::npos);
  }
}

TEST_F(SampleShards, AreNeverMoreThanIslands) {
  const Result result = sample(smc, {"--shard", "0/9", "-o", "x.nc"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("8 islands of every posterior cannot be cut into 9 shards"),
            std::string::npos)
      << result.err;
  EXPECT_TRUE(is_empty());
}

TEST_F(SampleShards, AreReplacedByThemselvesAlone) {
  EXPECT_EQ(sample(smc, {"--quiet", "--shard", "0/2", "-o", "x.nc"}).status, 0);
  EXPECT_EQ(sample(smc, {"--quiet", "--shard", "0/2", "-o", "x.nc"}).status, 0);
  for (const Arguments& other : std::vector<Arguments>{
           {"--shard", "1/2", "-o", "x.nc"}, {"--shard", "0/3", "-o", "x.nc"}, {"-o", "x.nc"}}) {
    const Result result = sample(smc, other);
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find("other members"), std::string::npos) << result.err;
  }
  const std::vector<std::string> names = shards(smc, 2);
  EXPECT_EQ(merge(names, {"-o", "x.nc"}).status, 2);
  EXPECT_EQ(merge(names, {"-o", "m.nc", "--quiet"}).status, 0);
  EXPECT_EQ(merge(names, {"-o", "m.nc", "--quiet"}).status, 0);
  EXPECT_EQ(sample(smc, {"-o", "m.nc", "--quiet"}).status, 0);
}

TEST_F(SampleShards, AreRefusedByName) {
  const std::vector<std::string> names = shards(smc, 3);
  const auto expect_refused = [&](const std::vector<std::string>& inputs,
                                  const std::vector<std::string>& parts) {
    const Result result = merge(inputs, {"-o", "m.nc"});
    EXPECT_EQ(result.status, 65) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    for (const std::string& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << part << ": " << result.err;
    EXPECT_FALSE(fs::exists(work_ / "m.nc"));
  };
  expect_refused({names[0], names[2]}, {names[0], names[2], "members 2 to 4 are missing"});
  expect_refused({names[0], names[1], names[1], names[2]}, {names[1], "overlap"});
  ASSERT_EQ(sample(smc, {"--quiet", "--seed", "2", "--shard", "2/3", "-o", "seed.nc"}).status, 0);
  expect_refused({names[0], names[1], "seed.nc"}, {names[0], "seed.nc", "differ in their seed"});
  ASSERT_EQ(run(small_train({"--quiet", "-o", "t.nc"})).status, 0);
  expect_refused({names[0], "t.nc"}, {names[0], "t.nc", "stage: sample and train"});
}

TEST_F(SampleShards, AreStagesOfAShardedRun) {
  write("s.toml",
        "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 4\nepochs = 1\nsamples = 100\n"
        "records = 2\n[sample]\nsamples = [40, 80]\nislands = 3\nparticles = 32\ndraws = 3\n"
        "leapfrogs = 4\ness = 0.6\nmoves = 1\n");
  const Result whole = run({"run", "s.toml", "-o", "w", "--json"});
  ASSERT_EQ(whole.status, 0) << whole.err;
  for (const char* shard : {"0/2", "1/2"}) {
    const std::string to = std::string("d") + shard[0];
    ASSERT_EQ(run({"run", "s.toml", "--shard", shard, "-o", to, "--quiet"}).status, 0);
  }
  for (const std::string stage : {"train", "sample"}) {
    const Result merged =
        merge({"d0/" + stage + ".nc", "d1/" + stage + ".nc"}, {"-o", stage + ".nc", "--json"});
    ASSERT_EQ(merged.status, 0) << merged.err;
    EXPECT_EQ(Json::parse(merged.out).at("digest"), Json::parse(whole.out).at(stage).at("digest"));
  }
  // The directory of one shard is none of another's.
  EXPECT_EQ(run({"run", "s.toml", "--shard", "1/2", "-o", "d0", "--quiet"}).status, 2);
  EXPECT_EQ(run({"run", "s.toml", "--shard", "0/4", "-o", "d"}).status, 2);
}

}  // namespace
}  // namespace kgon::test
