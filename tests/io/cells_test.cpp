// From studies to plans.
#include "io/cells.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "io/compiled_models.hpp"
#include "io/usage_error.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

ExpandedStudy expand_train(const std::string& text, Shard shard = {}) {
  return expand_study(parse_study(text, "s.toml", {}), test::compiled_models, shard);
}

std::vector<std::string> settings_of(const ExpandedStudy& expanded) {
  std::vector<std::string> out;
  for (const TrainCell& cell : expanded.plan.cells) out.push_back(cell.settings);
  return out;
}

TEST(Cells, DefaultIsThePaperS) {
  const TrainPlan plan = expand_train("").plan;
  ASSERT_EQ(plan.cells.size(), 1u);
  const TrainCell& cell = plan.cells[0];
  EXPECT_EQ(cell.settings,
            "features=6;hidden=2;init=4;init-noise=0.01;dead-bias=0;samples=1000;dataset=own;"
            "batch=20;lr=0.005;batching=shuffle");
  EXPECT_EQ(cell.steps, 225000u);
  EXPECT_GT(cell.record_steps.size(), 150u);  // log spacing makes some of the first steps equal
  EXPECT_EQ(cell.start, tms::standard_point(tms::phase_code(4, 0, 0), 6, 0.0));
  EXPECT_EQ(cell.start_noise, 0.01);
  EXPECT_EQ(plan.trajectories, 1000u);
  EXPECT_EQ(plan.first, 0u);
  EXPECT_EQ(plan.count, 1000u);
  EXPECT_GT(plan.levels.count, 0);
}

// The key is part of the bits contract: this value never changes.
TEST(Cells, KeyIsTheHashOfSettingsAndSeed) {
  const auto first = expand_train("seed = 1").plan.cells[0];
  const auto second = expand_train("seed = 2").plan.cells[0];
  EXPECT_EQ(first.settings, second.settings);
  EXPECT_NE(first.key, second.key);
  EXPECT_EQ(first.key, 0xc937b826ab013609u);
}

TEST(Cells, ProductRunsInTheOrderOfTheTable) {
  const auto plan = expand_train("[train]\nlr = [1, 2]\ninit = [4, 5]\nbatch = [3, 4]").plan;
  ASSERT_EQ(plan.cells.size(), 8u);
  EXPECT_EQ(plan.cells[0].init, "4");
  EXPECT_EQ(plan.cells[3].init, "4");
  EXPECT_EQ(plan.cells[4].init, "5");
  EXPECT_EQ(plan.cells[0].batch, 3u);
  EXPECT_EQ(plan.cells[1].batch, 3u);
  EXPECT_EQ(plan.cells[1].learning_rate, 2.0);
  EXPECT_EQ(plan.cells[2].batch, 4u);
}

TEST(Cells, WideningASweepKeepsKeys) {
  const auto narrow = expand_train("[train]\nlr = 0.1").plan.cells[0];
  const auto wide = expand_train(
                        "precision = \"double\"\nthreads = 2\n[train]\nlr = [0.2, 0.1]\n"
                        "trajectories = 7\nepochs = 3\nrecords = 5\nrecord-spacing = \"linear\"\n"
                        "classify-every = 9\nkeep-parameters = \"none\"")
                        .plan.cells[1];
  EXPECT_EQ(narrow.settings, wide.settings);
  EXPECT_EQ(narrow.key, wide.key);
}

TEST(Cells, KeysThatDoNotApplyMakeNoCells) {
  const auto random = expand_train(
      "[train]\ninit = \"random\"\ninit-noise = [0.1, 0.2]\n"
      "dead-bias = [0, -1]\ninit-scale = [1, 2]");
  EXPECT_EQ(random.plan.cells.size(), 2u);
  EXPECT_EQ(random.duplicates, 6u);
  EXPECT_EQ(random.plan.cells[1].start_noise, 2.0);
  EXPECT_EQ(random.plan.cells[1].init_scale, 2.0);
  EXPECT_EQ(random.plan.cells[1].dead_bias, 0.0);
  EXPECT_EQ(random.plan.cells[0].start, std::vector<double>(18, 0.0));

  const auto population = expand_train(
      "[train]\ndataset = \"population\"\nsamples = [10, 100]\n"
      "batch = [1, 2, 500]\nbatching = [\"shuffle\", \"replacement\"]\n"
      "epochs = 12");
  EXPECT_EQ(population.plan.cells.size(), 1u);
  EXPECT_EQ(population.plan.cells[0].steps, 12u);
  EXPECT_EQ(population.plan.cells[0].settings,
            "features=6;hidden=2;init=4;init-noise=0.01;dead-bias=0;dataset=population;lr=0.005");
}

TEST(Cells, DeadBiasCountsOnlyWhereAColumnIsDead) {
  const auto expanded = expand_train("[train]\ninit = [4, \"4++\", 6]\ndead-bias = [0, -1]");
  EXPECT_EQ(expanded.plan.cells.size(), 4u);
  const auto settings = settings_of(expanded);
  EXPECT_NE(settings[1].find("dead-bias=-1"), std::string::npos);
  EXPECT_EQ(settings[2].find("dead-bias"), std::string::npos);
  EXPECT_EQ(settings[3].find("dead-bias"), std::string::npos);
}

TEST(Cells, EqualValuesMakeOneCellButEpochsDoNotShare) {
  EXPECT_EQ(expand_train("[train]\nlr = [0.1, 0.10, 1e-1]").plan.cells.size(), 1u);
  const auto plan = expand_train("[train]\nepochs = [10, 20]").plan;
  ASSERT_EQ(plan.cells.size(), 2u);
  EXPECT_EQ(plan.cells[0].key, plan.cells[1].key);
  EXPECT_EQ(plan.cells[0].steps, 500u);
  EXPECT_EQ(plan.cells[1].steps, 1000u);
}

TEST(Cells, ThreeHiddenDimensionsHaveNoLevels) {
  const auto plan = expand_train("hidden = 3\n[train]\ninit = \"random\"").plan;
  EXPECT_EQ(plan.levels.count, 0);
  EXPECT_EQ(plan.cells[0].start.size(), 24u);
}

// The README's own example of other models.
TEST(Cells, TwelveFeaturesHaveLevels) {
  const auto study = parse_study("features = 12", "s.toml", {});
  EXPECT_EQ(expand_study(study, {{2, 12}}).plan.levels.count, 72);
}

TEST(Cells, StepsAreRounded) {
  EXPECT_EQ(expand_train("[train]\nsamples = 10\nbatch = 4\nepochs = 1").plan.cells[0].steps, 3u);
  EXPECT_EQ(expand_train("[train]\nsamples = 10\nbatch = 10\nepochs = 0.5").plan.cells[0].steps,
            1u);
}

TEST(Shards, CoverTheTrajectoriesOnce) {
  for (const std::uint64_t count : {1u, 2u, 3u, 7u, 10u}) {
    std::uint64_t next = 0;
    for (std::uint64_t index = 0; index < count; ++index) {
      const auto plan = expand_train("[train]\ntrajectories = 10", {index, count}).plan;
      EXPECT_EQ(plan.first, next);
      EXPECT_GT(plan.count, 0u);
      next = plan.first + plan.count;
    }
    EXPECT_EQ(next, 10u);
  }
  EXPECT_THROW(expand_train("[train]\ntrajectories = 10", {0, 11}), UsageError);
}

TEST(Shards, AreWrittenAsIndexAndCount) {
  EXPECT_EQ(parse_shard("2/3").index, 2u);
  EXPECT_EQ(parse_shard("2/3").count, 3u);
  for (const char* bad : {"", "1", "3/3", "-1/3", "1/0", "0/0", "1/3x", "a/b", "1//3", "1/-3",
                          " 1/3", "auto", "99999999999999999999/3"})
    EXPECT_THROW(parse_shard(bad), UsageError) << bad;
}

TEST(Records, RunFromZeroToTheEnd) {
  for (const std::uint64_t steps : {1ull, 2ull, 5ull, 199ull, 200ull, 225000ull, 1ull << 39})
    for (const std::uint64_t records : {2ull, 3ull, 200ull, 1000ull})
      for (const bool log : {false, true}) {
        const auto at = spread_records(steps, records, log);
        EXPECT_LE(at.size(), records);
        EXPECT_EQ(at.front(), 0u);
        EXPECT_EQ(at.back(), steps);
        for (std::size_t i = 1; i < at.size(); ++i) ASSERT_LT(at[i - 1], at[i]);
      }
}

TEST(Records, AreSpreadAsAsked) {
  EXPECT_EQ(spread_records(100, 5, false), (std::vector<std::uint64_t>{0, 25, 50, 75, 100}));
  EXPECT_EQ(spread_records(1000, 5, true), (std::vector<std::uint64_t>{0, 1, 10, 100, 1000}));
  EXPECT_EQ(spread_records(2, 9, false), (std::vector<std::uint64_t>{0, 1, 2}));
}

TEST(StudyHash, CountsWhatResultsDependOn) {
  const auto hash = [](const std::string& text, Shard shard = {}) {
    const Study study = parse_study(text, "s.toml", {});
    return study_hash(study, expand_study(study, test::compiled_models, shard).plan);
  };
  const std::string base = hash("");
  EXPECT_EQ(base.size(), 16u);
  EXPECT_EQ(base, hash("threads = 2\ndevice = \"cpu\"\ninstructions = \"avx2\"\nmax-failed = 1"));
  EXPECT_EQ(base, hash("", {1, 3}));
  EXPECT_EQ(base, hash("[train]\ninit-scale = 5"));  // does not apply to init = 4
  std::set<std::string> hashes{base};
  for (const char* other : {"seed = 2", "precision = \"double\"", "features = 5",
                            "[train]\nepochs = 1", "[train]\nlr = 1", "[train]\ntrajectories = 9",
                            "[train]\nrecords = 9", "[train]\nkeep-parameters = \"none\""})
    EXPECT_TRUE(hashes.insert(hash(other)).second) << other;
}

TEST(Cells, TolerancesOfPhasesComeFromTheStudy) {
  const tms::PhaseTolerance usual, found = expand_train("[train]").plan.levels.tolerance;
  EXPECT_EQ(found.vertex_length, usual.vertex_length);
  EXPECT_EQ(found.length, usual.length);
  EXPECT_EQ(found.angle, usual.angle);
  EXPECT_EQ(found.positive_bias, usual.positive_bias);
  EXPECT_EQ(found.loss, usual.loss);
  EXPECT_EQ(found.gradient, usual.gradient);
  const tms::PhaseTolerance set =
      expand_train(
          "phase-vertex = 0.4\nphase-length = 0.2\nphase-angle = 0.1\nphase-bias = 0.6\n"
          "phase-loss = 0.3\nphase-gradient = 2\n[train]")
          .plan.levels.tolerance;
  EXPECT_EQ(set.vertex_length, 0.4);
  EXPECT_EQ(set.length, 0.2);
  EXPECT_EQ(set.angle, 0.1);
  EXPECT_EQ(set.positive_bias, 0.6);
  EXPECT_EQ(set.loss, 0.3);
  EXPECT_EQ(set.gradient, 2);
}

TEST(ResultBytes, GrowWithMembersAndParameters) {
  const auto bytes = [](const std::string& text) { return result_bytes(expand_train(text).plan); };
  EXPECT_GT(bytes("[train]\ntrajectories = 20"), bytes("[train]\ntrajectories = 10"));
  EXPECT_GT(bytes(""), bytes("[train]\nkeep-parameters = \"final\""));
  EXPECT_GT(bytes("[train]\nkeep-parameters = \"final\""),
            bytes("[train]\nkeep-parameters = \"none\""));
}

}  // namespace
}  // namespace kgon
