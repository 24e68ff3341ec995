// `kgon llc` and the llc stage of `kgon run` from outside.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>

#include "app/program.hpp"
#include "support/group_reader.hpp"

namespace kgon::test {
namespace {

using Json = nlohmann::json;

// Small enough for a debug build.
Arguments small_llc(const Arguments& more) {
  Arguments all{"llc",     "--device", "cpu",       "--threads", "1",         "--chains", "4",
                "--draws", "40",       "--burn-in", "10",        "--samples", "200"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST_F(CommandLine, LlcPutsOneDocumentOnStdout) {
  const Result result = run(small_llc({"--at", "5,5+,6", "--json", "-o", "x.nc"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const Json json = Json::parse(result.out);
  ASSERT_EQ(json.at("points").size(), 3u);
  const Json& point = json.at("points").at(1);
  EXPECT_EQ(point.at("at"), "5+");
  EXPECT_EQ(point.at("samples"), 200);
  EXPECT_EQ(point.at("lambda_theory"), 8.5);
  for (const char* name :
       {"nbeta", "gamma", "step_size", "lambda_hat", "mcse", "rhat", "ess", "acceptance",
        "chains_used", "chains_dropped", "verdict", "reason", "lambda_gaussian", "phase"})
    EXPECT_TRUE(point.contains(name)) << name;
  EXPECT_EQ(json.at("points_omitted"), 0);
  EXPECT_EQ(json.at("chains"), 12);
  EXPECT_TRUE(json.at("failures").empty());
  EXPECT_EQ(run({"digest", "x.nc"}).out, json.at("digest").get<std::string>() + "\n");
}

TEST_F(CommandLine, LlcTableHasALinePerPointAndTheReasons) {
  const Result result = run(small_llc({"--at", "5,6", "--gamma", "1,5", "-o", "x.nc"}));
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* part : {"n 200", "gamma", "lambda +- mcse", "R-hat", "verdict", "4 points",
                           "16 chains, 0 failed", "result x.nc", "digest "})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " is not in: " << result.out;
  // Forty draws of four chains do not converge: every such verdict has its reason.
  EXPECT_NE(result.out.find("[1] "), std::string::npos) << result.out;
}

TEST_F(CommandLine, LlcResultsDoNotHangOnThreads) {
  Arguments two = small_llc({"--at", "5,5+,6,4,4+", "--json", "-o", "b.nc"});
  two[4] = "2";
  const std::string one =
      Json::parse(run(small_llc({"--at", "5,5+,6,4,4+", "--json", "-o", "a.nc"})).out).at("digest");
  EXPECT_EQ(Json::parse(run(two).out).at("digest"), one);
}

TEST_F(CommandLine, LlcShardsMergeToTheWhole) {
  const Arguments study{"--at", "5,5+,6", "--gamma", "1,10", "--keep-losses", "all", "--quiet"};
  const auto with = [&](const Arguments& more) {
    Arguments all = small_llc(study);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  ASSERT_EQ(run(with({"-o", "whole.nc"})).status, 0);
  for (const char* shard : {"0/4", "1/4", "2/4", "3/4"})
    ASSERT_EQ(run(with({"--shard", shard, "-o", std::string("s") + shard[0] + ".nc"})).status, 0);
  ASSERT_EQ(run({"merge", "s3.nc", "s1.nc", "s0.nc", "s2.nc", "-o", "m.nc", "--quiet"}).status, 0);
  EXPECT_EQ(run({"digest", "m.nc"}).out, run({"digest", "whole.nc"}).out);
  EXPECT_EQ(run({"merge", "s0.nc", "s1.nc", "-o", "n.nc"}).status, 65);
}

// R-hat's losses: their mean over the draws of a chain is the chain's.
TEST_F(CommandLine, LlcKeepsTheLossesOfFewDraws) {
  ASSERT_EQ(run(small_llc({"--at", "5,6", "-o", "x.nc"})).status, 0);
  const GroupReader kept((work_ / "x.nc").string(), "llc");
  const auto losses = kept.values<double>("draw_loss"),
             means = kept.values<double>("chain_mean_excess");
  const auto of_point = kept.values<double>("loss");
  ASSERT_EQ(losses.size(), 2 * 4 * 40u);
  EXPECT_EQ(kept.values<std::int64_t>("draw").size(), 40u);
  for (std::size_t chain = 0; chain < 8; ++chain) {
    double mean = 0;
    for (std::size_t d = 0; d < 40; ++d) mean += losses[chain * 40 + d] / 40;
    EXPECT_NEAR(mean - of_point[chain / 4], means[chain], 1e-12);
  }
  ASSERT_EQ(run(small_llc({"--at", "5,6", "--keep-losses", "none", "-o", "y.nc"})).status, 0);
  const GroupReader none((work_ / "y.nc").string(), "llc");
  EXPECT_FALSE(none.has("draw_loss"));
  EXPECT_FALSE(none.has("draw"));
  const auto memory = [&](const char* keep) {
    return Json::parse(
               run(small_llc({"--keep-losses", keep, "--dry-run", "--json", "-o", "z.nc"})).out)
        .at("memory_bytes")
        .get<std::uint64_t>();
  };
  EXPECT_GT(memory("all"), memory("none"));
}

TEST_F(CommandLine, LlcDryRunWritesNothing) {
  const Result text = run(small_llc({"--dry-run", "-o", "x.nc"}));
  EXPECT_EQ(text.status, 0) << text.err;
  for (const char* part : {"[llc]", "# points         1", "# chains         4", "# memory"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part;
  EXPECT_EQ(text.out.find("[train]"), std::string::npos);
  const Arguments thinned{"--dry-run", "--json", "--at", "5,6", "--thin", "3"};
  const Json json = Json::parse(run(small_llc(thinned)).out);
  EXPECT_EQ(json.at("points"), 2);
  EXPECT_EQ(json.at("steps"), 2 * 4 * (10 + 40 * 3));
  EXPECT_TRUE(is_empty());
}

// One by one with chain, step and cause; of very many the table names some, and where the others
// are.
TEST_F(CommandLine, FailedChainsAreListed) {
  const auto blow_up = [&](const char* chains, const char* output) {
    return run({"llc", "--device", "cpu", "--at", "6", "--samples", "200", "--draws", "40",
                "--step-size", "1000", "--chains", chains, "--max-failed", "1", "-o", output});
  };
  const Result few = blow_up("41", "few.nc"), many = blow_up("60", "many.nc");
  EXPECT_EQ(few.status, 0) << few.err;
  for (int chain = 0; chain < 41; ++chain)
    EXPECT_NE(few.out.find("failed: 6 (point 0) chain " + std::to_string(chain) + " at step "),
              std::string::npos)
        << chain;
  EXPECT_EQ(few.out.find("more failed chains"), std::string::npos);
  EXPECT_NE(many.out.find("and 10 more failed chains: --json and chain_failed_step"),
            std::string::npos)
      << many.out;
}

TEST_F(CommandLine, CalibrationSaysWhichCellToTake) {
  const Result result = run(small_llc({"--at", "5", "--calibrate", "--json", "-o", "x.nc"}));
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("points").size(), 75u);  // 5 step scales, 5 localizations, 3 temperatures
  ASSERT_EQ(json.at("calibrations").size(), 1u);
  const Json& grid = json.at("calibrations").at(0);
  EXPECT_TRUE(grid.contains("recommended") || grid.contains("nearest"));
  EXPECT_FALSE(grid.at("reason").get<std::string>().empty());
  const Result fixed =
      run(small_llc({"--at", "5", "--calibrate", "--gamma", "3", "--json", "-o", "y.nc"}));
  EXPECT_EQ(Json::parse(fixed.out).at("points").size(), 15u);
  const Result cold =
      run(small_llc({"--at", "5", "--calibrate", "--nbeta", "50", "--json", "-o", "n.nc"}));
  EXPECT_EQ(Json::parse(cold.out).at("points").size(), 25u);
  const Result table = run(small_llc({"--at", "5", "--calibrate", "-o", "z.nc"}));
  EXPECT_NE(table.out.find("<- "), std::string::npos) << table.out;
  EXPECT_EQ(run(small_llc({"--calibrate", "--shard", "0/2", "-o", "s.nc"})).status, 2);
}

// The flat directions of `5` are bounded by the gamma that the calibration finds; other chains at
// that gamma find the coefficient of the theory, less what the gamma is said to take off.
TEST_F(CommandLine, CalibrationFindsTheCoefficientsOfTheTheory) {
  const Arguments population{"--dataset", "population", "--samples", "1000000",  "--sampler",
                             "hmc",       "--burn-in",  "500",       "--device", "cpu",
                             "--json",    "-o",         "x.nc"};
  const auto llc = [&](const Arguments& more) {
    Arguments all{"llc"};
    all.insert(all.end(), population.begin(), population.end());
    all.insert(all.end(), more.begin(), more.end());
    const Result result = run(all);
    EXPECT_EQ(result.status, 0) << result.err;
    return Json::parse(result.out);
  };
  for (const char* seed : {"1", "2", "3"}) {
    const Json json =
        llc({"--at", "5,5+,6", "--calibrate", "--nbeta-scale", "1", "--seed", seed, "--overwrite"});
    ASSERT_EQ(json.at("calibrations").size(), 3u);
    for (std::size_t k = 0; k < 3; ++k) {
      const Json& grid = json.at("calibrations").at(k);
      ASSERT_TRUE(grid.contains("recommended")) << grid;
      const Json& cell = json.at("points").at(grid.at("recommended").get<std::size_t>());
      const double theory = k == 0 ? 7 : 8.5;
      EXPECT_EQ(cell.at("lambda_theory").get<double>(), theory);
      EXPECT_NEAR(cell.at("lambda_hat").get<double>(), theory, 0.1) << grid;
      EXPECT_NEAR(cell.at("lambda_hat").get<double>(), theory, 3 * cell.at("mcse").get<double>())
          << grid;
      const std::string gamma = std::to_string(cell.at("gamma").get<double>());
      const Json other = llc({"--at", cell.at("at").get<std::string>(), "--gamma", gamma,
                              "--chains", "32", "--seed", std::string("10") + seed, "--overwrite"});
      const Json& point = other.at("points").at(0);
      const double error = point.at("mcse").get<double>();
      EXPECT_LT(error, 0.015);
      EXPECT_NEAR(point.at("lambda_hat").get<double>(), theory, 0.1);
      EXPECT_NEAR(
          point.at("lambda_hat").get<double>() - point.at("localization_bias").get<double>(),
          theory, 3.5 * error)
          << point;
    }
  }
}

// More draws know better that no well is Gaussian to all digits, and recommend no looser gamma for
// it.
TEST_F(CommandLine, LongerCalibrationsRecommendTheSame) {
  for (const char* point : {"5", "6"}) {
    std::set<double> gammas;
    for (const char* draws : {"2000", "8000", "32000"}) {
      const Result result =
          run({"llc",       "--at",        point,       "--calibrate", "--nbeta-scale", "1",
               "--draws",   draws,         "--dataset", "population",  "--samples",     "1000000",
               "--sampler", "hmc",         "--burn-in", "500",         "--device",      "cpu",
               "--json",    "--overwrite", "-o",        "x.nc"});
      ASSERT_EQ(result.status, 0) << result.err;
      const Json json = Json::parse(result.out);
      const Json& grid = json.at("calibrations").at(0);
      const Json& cell = json.at("points").at(grid.at("recommended").get<std::size_t>());
      gammas.insert(cell.at("gamma").get<double>());
      EXPECT_NE(grid.at("reason").get<std::string>().find("is the Gaussian value"),
                std::string::npos)
          << grid;
    }
    EXPECT_EQ(gammas.size(), 1u) << point;
  }
}

TEST_F(CommandLine, StagesTakeTheirOwnFlags) {
  EXPECT_EQ(run({"llc", "--lr", "1", "-o", "x.nc"}).status, 2);
  EXPECT_EQ(run({"train", "--chains", "1", "-o", "x.nc"}).status, 2);
  const Result help = run({"run", "--help"});
  for (const char* flag : {"--samples", "--llc-samples", "--llc-batch", "--lr", "--chains"})
    EXPECT_NE(help.out.find(std::string(flag) + " "), std::string::npos) << flag;
  EXPECT_EQ(help.out.find("--train-"), std::string::npos);
  write("s.toml", "[llc]\nat = 5\n");
  const Result foreign = run({"run", "s.toml", "--lr", "1", "-o", "out"});
  EXPECT_EQ(foreign.status, 2);
  EXPECT_NE(foreign.err.find("no table [train]"), std::string::npos) << foreign.err;
  EXPECT_TRUE(run({"llc", "--at", "train", "-o", "x.nc"}).err.find("kgon run") !=
              std::string::npos);
}

TEST_F(CommandLine, RunEstimatesTheRecordsOfItsOwnTrajectories) {
  write("s.toml",
        "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 3\nepochs = 2\nsamples = 100\n"
        "records = 3\n[llc]\nat = [\"train\", 5]\nat-records = \"final\"\nchains = 4\ndraws = 20\n"
        "burn-in = 5\n");
  const Result result = run({"run", "s.toml", "--llc-samples", "50", "-o", "out", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(read_file(work_ / "out/summary.json"));
  EXPECT_EQ(Json::parse(result.out), json);
  EXPECT_EQ(json.at("train").at("cells").size(), 1u);
  const Json& points = json.at("llc").at("points");
  ASSERT_EQ(points.size(), 4u);
  EXPECT_EQ(std::count_if(points.begin(), points.end(),
                          [](const Json& point) { return point.at("samples") == 100; }),
            3);
  EXPECT_TRUE(fs::exists(work_ / "out/llc.nc"));
  // The same points from the file are the same estimates.
  const Result again =
      run({"llc", "out/study.toml", "--at", "out/train.nc,5", "--json", "-o", "x.nc"});
  ASSERT_EQ(again.status, 0) << again.err;
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(Json::parse(again.out).at("points").at(i).at("lambda_hat"),
              points.at(i).at("lambda_hat"));
  // tools/quickstart tells by this whether a result is of the same study.
  const std::string dry = run({"run", "s.toml", "--llc-samples", "50", "--dry-run"}).out;
  const std::string study = dry.substr(0, dry.find("\n# ") + 1);
  EXPECT_EQ(study.substr(0, study.find_last_not_of('\n') + 2), read_file(work_ / "out/study.toml"));
  EXPECT_EQ(run({"run", "s.toml", "--shard", "0/2", "-o", "other"}).status, 2);
  EXPECT_EQ(run({"run", "s.toml", "--dry-run"}).status, 0);
  EXPECT_EQ(run({"llc", "--at", "out/llc.nc", "-o", "x.nc"}).status, 65);
  EXPECT_EQ(run({"llc", "--at", "x.nc", "-o", "x.nc"}).status, 65);
}

TEST_F(CommandLine, AMergeSaysHowManyMembersFailed) {
  for (const char* shard : {"0/2", "1/2"}) {
    const std::string name = std::string("s") + shard[0] + ".nc";
    EXPECT_EQ(
        run(small_llc({"--at", "5,6", "--step-size", "100", "--shard", shard, "-o", name})).status,
        3);
  }
  const Result merged = run({"merge", "s0.nc", "s1.nc", "-o", "m.nc"});
  EXPECT_EQ(merged.status, 3);
  EXPECT_NE(merged.err.find("8 of 8 chains failed, more than max-failed = 0.1"), std::string::npos)
      << merged.err;
  EXPECT_NE(merged.out.find("8 of 8 chains failed\nresult m.nc\ndigest "), std::string::npos)
      << merged.out;
  // What the parts were allowed is allowed to the whole.
  for (const char* shard : {"0/2", "1/2"}) {
    const std::string name = std::string("t") + shard[0] + ".nc";
    ASSERT_EQ(run(small_llc({"--at", "5,6", "--step-size", "100", "--max-failed", "1", "--shard",
                             shard, "-o", name}))
                  .status,
              0);
  }
  const Result allowed = run({"merge", "t0.nc", "t1.nc", "-o", "n.nc", "--json"});
  EXPECT_EQ(allowed.status, 0) << allowed.err;
  EXPECT_EQ(Json::parse(allowed.out).at("failed"), 8);
}

TEST_F(CommandLine, ChainsThatBlowUpAreListedAndCounted) {
  const Result result = run(small_llc({"--at", "5", "--step-size", "100", "--json", "-o", "x.nc"}));
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("4 of 4 chains failed"), std::string::npos) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("failed"), 4);
  ASSERT_EQ(json.at("failures").size(), 4u);
  EXPECT_EQ(json.at("failures").at(3).at("chain"), 3);
  EXPECT_GE(json.at("failures").at(3).at("step"), 1);
  EXPECT_TRUE(json.at("points").at(0).at("lambda_hat").is_null());
  EXPECT_EQ(json.at("points").at(0).at("chains_dropped"), 4);
  const Result table = run(small_llc({"--at", "5", "--step-size", "100", "-o", "x.nc"}));
  EXPECT_NE(table.out.find("chain 3 at step"), std::string::npos) << table.out;
  EXPECT_EQ(run(small_llc({"--step-size", "100", "--max-failed", "1", "-o", "x.nc"})).status, 0);
}

TEST_F(CommandLine, ManyPointsAreSummedUp) {
  ASSERT_EQ(run(small_train({"--quiet", "-o", "t.nc"})).status, 0);
  const Result result = run(small_llc({"--at", "t.nc", "-o", "x.nc"}));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("lambda 25 %"), std::string::npos) << result.out;
  // The settings above, and a reason below for every verdict that is not ok.
  EXPECT_EQ(result.out.find("n 100   nbeta "), 0u) << result.out;
  const Json json =
      Json::parse(run(small_llc({"--at", "t.nc", "--overwrite", "--json", "-o", "y.nc"})).out);
  std::map<std::string, int> counts;
  for (const Json& point : json.at("points")) ++counts[point.at("verdict").get<std::string>()];
  EXPECT_GT(counts.size(), 0u);
  for (const auto& [verdict, count] : counts) {
    if (verdict == "ok") continue;
    const std::string line = verdict + ": " + std::to_string(count) + " of ";
    EXPECT_NE(result.out.find(line), std::string::npos) << line << result.out;
  }
}

TEST_F(CommandLine, AStoppedLlcWithoutCheckpointsLeavesNoFile) {
  const pid_t child = start({"llc", "--device", "cpu", "--draws", "1000", "--thin", "1000000",
                             "--chains", "1", "--quiet", "-o", "x.nc", "--checkpoint-every", "0"});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  kill(child, SIGTERM);
  const Result result = finish(child);
  EXPECT_EQ(result.status, 75) << result.err;
  EXPECT_TRUE(is_empty());
}

}  // namespace
}  // namespace kgon::test
