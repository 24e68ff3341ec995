// Results of sample: written, read back and opened by other programs.
#include "io/sample_result.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string>

#include "io/digest.hpp"
#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/result_identity.hpp"
#include "support/group_reader.hpp"
#include "synthetic_result.hpp"
#include "synthetic_sample.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;
using synthetic_sample::findings;
using Read = test::GroupReader;

TEST(SampleResult, HoldsTheSettingsAndEstimatesOfTheRuns) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand().plan;
  const SampleFindings found = findings(plan);
  synthetic_sample::write(scratch / "x.nc", plan);
  const Read read(scratch / "x.nc", "sample");
  ASSERT_EQ(plan.runs.size(), 6u);
  EXPECT_EQ(read.values<std::int64_t>("samples"),
            (std::vector<std::int64_t>{100, 100, 100, 200, 200, 200}));
  EXPECT_EQ(read.values<std::int64_t>("data_set"), (std::vector<std::int64_t>{0, 1, -1, 0, 1, -1}));
  EXPECT_EQ(read.values<std::int8_t>("population"), (std::vector<std::int8_t>{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(read.values<double>("beta"), std::vector<double>(6, 0.5));
  EXPECT_EQ(read.values<double>("prior_scale"), std::vector<double>(6, 2.0));
  EXPECT_EQ(read.strings("settings").at(4), plan.runs[4].settings);
  EXPECT_EQ(read.values<std::uint64_t>("run_key").at(5), plan.runs[5].key);
  const auto evidences = read.values<double>("log_evidence");
  const auto losses = read.values<double>("mean_loss_se");
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(evidences[i], found.estimates[i].log_evidence.value);
    EXPECT_EQ(losses[i], found.estimates[i].mean_loss.se);
  }
}

TEST(SampleResult, HasAColumnForEveryPhaseThatAnyRunVisits) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand().plan;
  const SampleFindings found = findings(plan);
  synthetic_sample::write(scratch / "x.nc", plan);
  const Read read(scratch / "x.nc", "sample");
  EXPECT_EQ(read.values<PhaseCode>("phase"), (std::vector<PhaseCode>{5, 6, 37}));
  EXPECT_EQ(read.strings("phase_label"), (std::vector<std::string>{"5", "6", "5+"}));
  EXPECT_EQ(read.strings("level_label"), (std::vector<std::string>{"other", "5"}));
  const auto occupancy = read.values<double>("occupancy");
  const auto errors = read.values<double>("occupancy_se");
  const auto energies = read.values<double>("free_energy");
  const auto energy_errors = read.values<double>("free_energy_se");
  const auto theory = read.values<double>("theory_free_energy");
  const PhaseEstimate& five = found.estimates[0].phases.at(5);
  EXPECT_EQ(occupancy[0], five.occupancy.value);
  EXPECT_EQ(errors[0], five.occupancy.se);
  EXPECT_EQ(energies[0], five.free_energy.value);
  EXPECT_EQ(energy_errors[0], five.free_energy.se);
  EXPECT_EQ(theory[0], found.estimates[0].theory.at(5));
  EXPECT_TRUE(std::isnan(theory[1]));
  for (std::size_t run = 1; run < plan.runs.size(); ++run) {
    const std::size_t six = 3 * run + 1;  // of run 0 alone
    EXPECT_EQ(occupancy[six], 0);
    EXPECT_TRUE(std::isnan(errors[six]));
    EXPECT_EQ(energies[six], std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(energy_errors[six]));
  }
}

TEST(SampleResult, HoldsTheIslandsAndTheirDraws) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand().plan;
  synthetic_sample::write(scratch / "x.nc", plan);
  const Read summary(scratch / "x.nc", "sample"), posterior(scratch / "x.nc", "posterior"),
      statistics(scratch / "x.nc", "sample_stats");
  const auto evidences = summary.values<double>("island_log_evidence");
  const auto stages = summary.values<std::int64_t>("island_stages");
  const auto ancestors = summary.values<std::int64_t>("island_ancestors");
  const auto weights = posterior.values<double>("W");
  const auto biases = posterior.values<double>("b");
  const auto densities = statistics.values<double>("lp");
  const auto phases = statistics.values<PhaseCode>("label");
  for (std::size_t run = 0; run < 6; ++run) {
    for (std::uint32_t island = 0; island < 3; ++island) {
      const SampleBlock block = synthetic_sample::block(plan, run, island);
      EXPECT_EQ(evidences[run * 3 + island], block.log_evidence);
      EXPECT_EQ(stages[run * 3 + island], block.stages);
      EXPECT_EQ(ancestors[run * 3 + island], block.ancestors);
      for (std::size_t draw = 0; draw < 4; ++draw) {
        const std::size_t at = (island * 4 + draw) * 6 + run;
        double norm2 = 0;
        for (std::size_t i = 0; i < 18; ++i) {
          const double value = block.parameters[draw * 18 + i];
          EXPECT_EQ(i < 12 ? weights[at * 12 + i] : biases[at * 6 + i - 12], value);
          norm2 += value * value;
        }
        const SampleRun& settings = plan.runs[run];
        EXPECT_DOUBLE_EQ(densities[at],
                         -0.5 * settings.samples * block.loss[draw] - norm2 / (2 * 2.0 * 2.0));
        EXPECT_EQ(phases[at], block.phase[draw]);
      }
    }
  }
}

// Chains of an island stand side by side in the dimension of chains.
TEST(SampleResult, HoldsTheChainsOfNuts) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand(synthetic_sample::chain_study).plan;
  synthetic_sample::write(scratch / "x.nc", plan);
  const Read summary(scratch / "x.nc", "sample"), posterior(scratch / "x.nc", "posterior"),
      statistics(scratch / "x.nc", "sample_stats");
  EXPECT_EQ(summary.values<std::int64_t>("divergences"), std::vector<std::int64_t>{1});
  EXPECT_EQ(summary.values<double>("e_bfmi"), std::vector<double>{0.5});
  EXPECT_EQ(posterior.values<std::int64_t>("chain"), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
  const auto biases = posterior.values<double>("b");
  const auto energies = statistics.values<double>("energy");
  const auto steps = statistics.values<std::int64_t>("n_steps");
  const auto diverging = statistics.values<std::int8_t>("diverging");
  for (std::size_t chain = 0; chain < 6; ++chain) {
    const SampleBlock block =
        synthetic_sample::block(plan, 0, static_cast<std::uint32_t>(chain / 3));
    for (std::size_t draw = 0; draw < 4; ++draw) {
      const std::size_t at = chain * 4 + draw, in_block = chain % 3 * 4 + draw;
      EXPECT_EQ(biases[at * 6], block.parameters[in_block * 18 + 12]);
      EXPECT_EQ(energies[at], block.statistics[in_block].hamiltonian);
      EXPECT_EQ(steps[at], block.statistics[in_block].leapfrogs);
      EXPECT_EQ(diverging[at] == 1, block.statistics[in_block].diverging);
    }
  }
}

TEST(SampleResult, HoldsTheChainsOfTempering) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand(synthetic_sample::ladder_study).plan;
  synthetic_sample::write(scratch / "x.nc", plan);
  const Read summary(scratch / "x.nc", "sample"), posterior(scratch / "x.nc", "posterior"),
      statistics(scratch / "x.nc", "sample_stats");
  EXPECT_EQ(summary.values<double>("rhat"), std::vector<double>(2, 1 + 1 / 64.0));
  EXPECT_EQ(summary.values<double>("ess_bulk"), std::vector<double>(2, 201));
  EXPECT_EQ(summary.values<double>("ess_tail"), std::vector<double>(2, 401));
  EXPECT_EQ(summary.values<double>("island_ess_bulk"), (std::vector<double>{100, 101, 100, 101}));
  EXPECT_EQ(summary.values<std::int64_t>("island_round_trips"),
            (std::vector<std::int64_t>{9, 10, 9, 10}));
  EXPECT_EQ(posterior.values<std::int64_t>("chain"), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
  const auto biases = posterior.values<double>("b");
  const auto losses = statistics.values<double>("loss");
  for (std::size_t chain = 0; chain < 6; ++chain)
    for (std::size_t draw = 0; draw < 4; ++draw)
      for (std::size_t run = 0; run < 2; ++run) {
        const auto block =
            synthetic_sample::block(plan, run, static_cast<std::uint32_t>(chain / 3));
        const std::size_t at = (chain * 4 + draw) * 2 + run, in_block = chain % 3 * 4 + draw;
        EXPECT_EQ(biases[at * 6], block.parameters[in_block * 18 + 12]);
        EXPECT_EQ(losses[at], block.loss[in_block]);
      }
}

TEST(SampleResult, ASingleRungHasNoRoundTrips) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand(synthetic_sample::ladder_study).plan;
  SampleFindings found = findings(plan);
  for (SampleBlock& island : found.islands) island.swap_rate = NAN;
  synthetic_sample::write(scratch / "x.nc", plan, found);
  EXPECT_EQ(Read(scratch / "x.nc", "sample").values<std::int64_t>("island_round_trips"),
            std::vector<std::int64_t>(4, -1));
}

TEST(SampleResult, WithoutDrawsThereAreNoGroupsOfThem) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand("[sample]\nislands = 1\ndraws = 0").plan;
  synthetic_sample::write(scratch / "x.nc", plan);
  std::set<std::string> groups;
  for (const auto& group : NetcdfFile::open(scratch / "x.nc").groups()) groups.insert(group.name);
  EXPECT_EQ(groups, (std::set<std::string>{"critical_points", "sample", "theory"}));
  EXPECT_TRUE(std::isnan(Read(scratch / "x.nc", "sample").values<double>("log_evidence_se").at(0)));
}

TEST(SampleResult, EqualRunsAreEqualBytesAndHaveOneDigest) {
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand().plan;
  synthetic_sample::write(scratch / "a.nc", plan);
  synthetic_sample::write(scratch / "b.nc", plan);
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_TRUE(synthetic::bytes_of_file(scratch / "a.nc") ==
              synthetic::bytes_of_file(scratch / "b.nc"));
  ResultMetadata other = synthetic_sample::metadata();
  other.device = "cuda:0";
  other.command = "kgon run";
  other.version = "9.9";
  synthetic_sample::write(scratch / "c.nc", plan, other);
  const std::string digest = result_digest(scratch / "a.nc");
  EXPECT_EQ(digest, result_digest(scratch / "c.nc"));
  SampleFindings changed = findings(plan);
  changed.islands.back().parameters.back() += 1;
  synthetic_sample::write(scratch / "d.nc", plan, changed, other);
  EXPECT_NE(digest, result_digest(scratch / "d.nc"));
}

TEST(SampleResult, IsKnownByItsStageAndItsIslands) {
  const ScratchDirectory scratch;
  synthetic_sample::write(scratch / "x.nc", synthetic_sample::expand().plan);
  const auto whole = read_result_identity(scratch / "x.nc");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->stage, "sample");
  EXPECT_EQ(whole->study_hash, "0123abcd");
  EXPECT_EQ(whole->members.first, 0u);
  EXPECT_EQ(whole->members.count, 3u);
  EXPECT_EQ(whole->total, 3u);
  synthetic_sample::write(scratch / "y.nc",
                          synthetic_sample::expand(synthetic_sample::study, {1, 2}).plan);
  const auto part = read_result_identity(scratch / "y.nc");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->members.first, 1u);
  EXPECT_EQ(part->members.count, 2u);
  EXPECT_EQ(part->total, 3u);
  EXPECT_FALSE(part->is_same_result(*whole));
}

TEST(SampleResult, AShardHasItsIslandsAndWhatAMergeNeedsOfThem) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand(synthetic_sample::study, {2, 3}).plan;
  synthetic_sample::write(scratch / "x.nc", plan);
  const Read summary(scratch / "x.nc", "sample"), posterior(scratch / "x.nc", "posterior"),
      islands(scratch / "x.nc", "islands");
  EXPECT_EQ(summary.values<std::int64_t>("island"), std::vector<std::int64_t>{2});
  EXPECT_EQ(posterior.values<std::int64_t>("chain"), std::vector<std::int64_t>{2});
  EXPECT_EQ(islands.values<std::int64_t>("island"), std::vector<std::int64_t>{2});
  EXPECT_EQ(islands.strings("phase_label"), (std::vector<std::string>{"5", "5+"}));
  const auto shares = islands.values<double>("occupancy");
  ASSERT_EQ(shares.size(), 6u * 2);
  EXPECT_EQ(shares[1], 0.25);
  EXPECT_EQ(shares[3], 0);  // of run 1, where no island is in `5+`
  EXPECT_EQ(islands.strings("formula_phase_label"), (std::vector<std::string>{"4", "5"}));
  // A single island has no errors, and the file says why.
  for (const double error : summary.values<double>("log_evidence_se"))
    EXPECT_TRUE(std::isnan(error));
  for (const std::string& doubt : summary.strings("doubt"))
    EXPECT_NE(doubt.find("merge the shards"), std::string::npos) << doubt;
  synthetic_sample::write(scratch / "y.nc",
                          synthetic_sample::expand(synthetic_sample::chain_study, {1, 2}).plan);
  EXPECT_EQ(Read(scratch / "y.nc", "posterior").values<std::int64_t>("chain"),
            (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_FALSE(Read(scratch / "y.nc", "islands").has("occupancy"));
}

TEST(SampleResult, RefusesIslandsThatDoNotFit) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand().plan;
  SampleResultWriter writer(scratch / "x.nc", plan, synthetic_sample::metadata());
  SampleFindings found = findings(plan);
  SampleBlock wrong = found.islands[2];
  wrong.loss.pop_back();
  EXPECT_THROW(writer.write(wrong), std::logic_error);
  for (std::size_t i = 1; i < found.islands.size(); ++i) writer.write(found.islands[i]);
  EXPECT_THROW(writer.finish(found), std::logic_error);  // one was not written
  writer.write(found.islands[0]);
  std::swap(found.islands[0], found.islands[1]);
  EXPECT_THROW(writer.finish(found), std::logic_error);
  found = findings(plan);
  found.islands.pop_back();
  EXPECT_THROW(writer.finish(found), std::logic_error);
}

// As islands come in another order every time, and findings without their draws.
TEST(SampleResult, TheOrderOfIslandsIsTheFilesAffair) {
  const ScratchDirectory scratch;
  for (const char* study : {synthetic_sample::study, synthetic_sample::chain_study}) {
    const SamplePlan plan = synthetic_sample::expand(study).plan;
    synthetic_sample::write(scratch / "x.nc", plan);
    SampleFindings found = findings(plan);
    {
      SampleResultWriter writer(scratch / "y.nc", plan, synthetic_sample::metadata());
      for (std::size_t i = found.islands.size(); i-- > 0;) {
        writer.write(found.islands[i]);
        drop_draws(found.islands[i]);
      }
      writer.finish(found);
    }
    EXPECT_EQ(result_digest(scratch / "x.nc"), result_digest(scratch / "y.nc"));
  }
}

TEST(SampleResult, ReadsBackWhatChainsAreJudgedBy) {
  const ScratchDirectory scratch;
  const SamplePlan plan = synthetic_sample::expand(synthetic_sample::chain_study).plan;
  SampleResultWriter writer(scratch / "x.nc", plan, synthetic_sample::metadata());
  const SampleFindings found = findings(plan);
  for (const SampleBlock& island : found.islands) writer.write(island);
  for (const SampleBlock& island : found.islands) {
    SampleBlock back;
    back.run = island.run;
    back.island = island.island;
    writer.read_draws(back);
    EXPECT_EQ(back.loss, island.loss);
    EXPECT_EQ(back.phase, island.phase);
    EXPECT_EQ(back.hull_phase, island.hull_phase);
  }
}

TEST(SampleResult, AppearsUnderItsNameOnlyWhenFinished) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / "x.nc") << "old";
  const SamplePlan plan = synthetic_sample::expand().plan;
  {
    const SampleResultWriter writer(scratch / "x.nc", plan, synthetic_sample::metadata());
    EXPECT_TRUE(std::filesystem::exists(scratch / "x.nc.part"));
    EXPECT_THROW(SampleResultWriter(scratch / "x.nc", plan, synthetic_sample::metadata()), IoError);
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "x.nc.part"));
  EXPECT_EQ(synthetic::bytes_of_file(scratch / "x.nc"), "old");
  EXPECT_THROW(SampleResultWriter(scratch / "no/x.nc", plan, synthetic_sample::metadata()),
               IoError);
}

TEST(SampleResult, OpensWithNcdumpAndXarray) {
  const ScratchDirectory scratch;
  synthetic_sample::write(scratch / "x.nc", synthetic_sample::expand().plan);
  EXPECT_EQ(std::system(("ncdump '" + (scratch / "x.nc") + "' > /dev/null").c_str()), 0);
  if (std::system("/usr/bin/python3 -c 'import xarray, netCDF4' 2> /dev/null") != 0)
    GTEST_SKIP() << "python3 has no xarray";
  const std::string check =
      "/usr/bin/python3 '" KGON_SOURCE_DIR "/tests/io/check_sample_result.py' '";
  EXPECT_EQ(std::system((check + (scratch / "x.nc") + "'").c_str()), 0);
  synthetic_sample::write(scratch / "y.nc",
                          synthetic_sample::expand(synthetic_sample::chain_study).plan);
  EXPECT_EQ(std::system((check + (scratch / "y.nc") + "' chains").c_str()), 0);
}

}  // namespace
}  // namespace kgon
