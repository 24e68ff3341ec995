// `kgon sample` and the sample stage of `kgon run` from outside.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "app/program.hpp"
#include "support/group_reader.hpp"

namespace kgon::test {
namespace {

using Json = nlohmann::json;

// Small enough for a debug build.
Arguments small_sample(const Arguments& more, const char* particles = "64") {
  Arguments all{"sample", "--device",    "cpu",     "--threads", "1", "--islands",
                "3",      "--particles", particles, "--draws",   "5", "--leapfrogs",
                "4",      "--ess",       "0.7",     "--moves",   "1"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

constexpr const char* small_study =
    "device = \"cpu\"\nthreads = 1\n[sample]\nsamples = [50, 100]\nislands = 3\nparticles = 64\n"
    "draws = 5\nleapfrogs = 4\ness = 0.7\nmoves = 1\n";

TEST_F(CommandLine, SamplePutsOneDocumentOnStdout) {
  const Result result = run(small_sample({"--samples", "50,100", "--datasets", "2", "--dataset",
                                          "sampled,population", "--json", "-o", "x.nc"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const Json json = Json::parse(result.out);
  ASSERT_EQ(json.at("runs").size(), 6u);
  const Json& second = json.at("runs").at(1);
  EXPECT_EQ(second.at("samples"), 50);
  EXPECT_EQ(second.at("dataset"), "sampled");
  EXPECT_EQ(second.at("data_set"), 1);
  const Json& population = json.at("runs").at(2);
  EXPECT_EQ(population.at("dataset"), "population");
  EXPECT_TRUE(population.at("data_set").is_null());
  for (const Json& one : json.at("runs")) {
    for (const char* name :
         {"beta", "prior_scale", "log_evidence", "log_evidence_se", "mean_loss", "mean_loss_se",
          "labels", "stages", "acceptance", "ancestors", "doubt"})
      EXPECT_TRUE(one.contains(name)) << name;
    double sum = 0, labels = 0;
    for (const auto& [label, phase] : one.at("phases").items()) {
      sum += phase.at("occupancy").get<double>();
      for (const char* name :
           {"occupancy_se", "free_energy", "free_energy_se", "theory_free_energy"})
        EXPECT_TRUE(phase.contains(name)) << label << name;
    }
    for (const auto& [label, share] : one.at("labels").items())
      labels += share.at("occupancy").get<double>();
    EXPECT_NEAR(sum, 1, 1e-9);
    EXPECT_NEAR(labels, 1, 1e-9);
  }
  EXPECT_TRUE(json.at("crossings").is_array());
  EXPECT_EQ(json.at("islands"), 3);
  EXPECT_EQ(json.at("particles"), 64);
  EXPECT_EQ(json.at("runs_omitted"), 0);
  EXPECT_EQ(run({"digest", "x.nc"}).out, json.at("digest").get<std::string>() + "\n");
}

TEST_F(CommandLine, TemperingServesAGridWithOneLadder) {
  const std::vector<std::string> arguments = {
      "sample",     "--sampler", "tempering", "--samples", "100,300", "--dataset",
      "population", "--islands", "3",         "--chains",  "4",       "--warmup",
      "60",         "--rounds",  "200",       "--draws",   "5"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  };
  const auto result = with({"--json", "--threads", "1", "-o", "a.nc"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto json = Json::parse(result.out);
  EXPECT_EQ(json.at("sampler"), "tempering");
  EXPECT_EQ(json.at("ladders").size(), 1u);
  EXPECT_GT(json.at("ladders")[0].size(), 4u);
  ASSERT_EQ(json.at("runs").size(), 2u);
  for (const Json& one : json.at("runs")) {
    EXPECT_TRUE(one.at("log_evidence").is_null());
    EXPECT_TRUE(one.at("phases").at("5").at("free_energy").is_null());
    EXPECT_GT(one.at("phases").at("5").at("occupancy"), 0.1);
    EXPECT_GT(one.at("swap_rate"), 0.2);
    EXPECT_GT(one.at("round_trips"), 0);
    // Of 3 islands of 4 chains of 200 rounds.
    for (const char* name : {"ess_bulk", "ess_tail"}) {
      EXPECT_GT(one.at(name), 50) << name;
      EXPECT_LT(one.at(name), 2400) << name;
    }
  }
  EXPECT_TRUE(json.at("constants").empty());
  const auto other = with({"--json", "--threads", "2", "-o", "b.nc"});
  EXPECT_EQ(Json::parse(other.out).at("digest"), json.at("digest"));
  const auto table = with({"-o", "c.nc"});
  for (const char* part : {"swaps", "round trips", "R-hat", "ESS", "1 ladder of up to"})
    EXPECT_NE(table.out.find(part), std::string::npos) << part << table.out;
  const auto dry = with({"--dry-run", "-o", "d.nc"});
  EXPECT_NE(dry.out.find("# ladder         n = 50, 63, 79, 100, 132, 173, 228, 300: 8 rungs\n"),
            std::string::npos)
      << dry.out;
  const auto note = with({"--ess", "0.8", "-o", "e.nc"});
  EXPECT_NE(note.err.find("--ess: changes nothing here; it counts for sampler = smc"),
            std::string::npos)
      << note.err;
}

TEST_F(CommandLine, ALadderOfOneRungSwapsNothing) {
  const Arguments one = {"sample", "--sampler", "tempering", "--samples",  "40", "--islands",
                         "2",      "--chains",  "4",         "--warmup",   "20", "--rounds",
                         "40",     "--draws",   "0",         "--overwrite"};
  const auto with = [&](const Arguments& more) {
    Arguments all = one;
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  };
  const Json json = Json::parse(with({"--json", "-o", "a.nc"}).out).at("runs").at(0);
  EXPECT_TRUE(json.at("swap_rate").is_null());
  EXPECT_TRUE(json.at("round_trips").is_null());
  const Result table = with({"-o", "a.nc"});
  EXPECT_NE(table.out.find("    -            -"), std::string::npos) << table.out;
}

TEST_F(CommandLine, TheDryRunShowsEqualLaddersOnce) {
  const Result dry = run({"sample", "--sampler", "tempering", "--samples", "100,8000", "--datasets",
                          "4", "--dry-run", "-o", "x.nc"});
  EXPECT_NE(dry.out.find("# ladder         n = 50, 63, 79, ..., 5850, 8000: 18 rungs, 4 such "
                         "ladders\n"),
            std::string::npos)
      << dry.out;
}

TEST_F(CommandLine, ChainsSayHowTheyMix) {
  for (const std::string sampler : {"hmc", "nuts"}) {
    const auto with = [&](const Arguments& more) {
      Arguments all = {"sample",    "--sampler", sampler,    "--dataset",  "population",
                       "--islands", "2",         "--chains", "8",          "--draws",
                       "200",       "--thin",    "2",        "--overwrite"};
      all.insert(all.end(), more.begin(), more.end());
      return run(all);
    };
    const auto mixing = with({"--samples", "100", "--json", "--threads", "1", "-o", "a.nc"});
    ASSERT_EQ(mixing.status, 0) << mixing.err;
    const auto json = Json::parse(mixing.out);
    EXPECT_EQ(json.at("sampler"), sampler);
    EXPECT_EQ(json.at("chains"), 8);
    const Json& one = json.at("runs")[0];
    EXPECT_TRUE(one.at("log_evidence").is_null());
    EXPECT_LT(one.at("rhat"), 1.05);
    EXPECT_LT(one.at("phase_rhat"), 1.05);
    EXPECT_GT(one.at("ess_bulk"), 500);
    EXPECT_GT(one.at("phase_changes"), 500);
    EXPECT_GT(one.at("e_bfmi"), 0.3);
    EXPECT_EQ(one.at("divergences"), 0);
    EXPECT_TRUE(one.at("doubt").is_null()) << one.at("doubt");
    EXPECT_GT(one.at("phases").at("5").at("occupancy"), 0.1);
    const auto other = with({"--samples", "100", "--json", "--threads", "2", "-o", "a.nc"});
    EXPECT_EQ(Json::parse(other.out).at("digest"), json.at("digest"));
    // From the prior to phases that nobody leaves at this n.
    const auto stuck = with({"--samples", "50000", "-o", "b.nc"});
    EXPECT_NE(stuck.out.find("these chains do not weigh the modes"), std::string::npos)
        << stuck.out;
    const auto within = with({"--samples", "50000", "--init", "6", "-o", "c.nc"});
    EXPECT_NE(within.out.find("0 of 16 changed their phase 4 times or more"), std::string::npos)
        << within.out;
    EXPECT_NE(within.out.find("6: 100.0"), std::string::npos) << within.out;
  }
}

TEST_F(CommandLine, ACrossingHasItsPrediction) {
  const Result result = run(small_sample(
      {"--samples", "100,200,400,800,1600", "--dataset", "population", "--json", "-o", "x.nc"},
      "512"));
  ASSERT_EQ(result.status, 0) << result.err;
  const Json crossings = Json::parse(result.out).at("crossings");
  ASSERT_GE(crossings.size(), 1u);
  const Json& last = crossings.back();
  EXPECT_EQ(last.at("from"), "5");
  EXPECT_EQ(last.at("to"), "6");
  EXPECT_EQ(last.at("beta"), 1.0);
  EXPECT_EQ(last.at("prior_scale"), 1.0);
  EXPECT_EQ(last.at("dataset"), "population");
  EXPECT_EQ(last.at("data_sets"), 1);
  EXPECT_GT(last.at("n_measured").get<double>(), 100);
  EXPECT_LT(last.at("n_measured").get<double>(), 1600);
  EXPECT_NEAR(last.at("n_predicted").get<double>(), 601, 2);
  EXPECT_TRUE(last.contains("se"));
}

TEST_F(CommandLine, ACoarseGridBracketsACrossing) {
  const Arguments coarse = small_sample(
      {"--samples", "200,5000", "--dataset", "population", "--overwrite", "-o", "x.nc"}, "512");
  Arguments with_json = coarse;
  with_json.push_back("--json");
  const Result result = run(with_json);
  ASSERT_EQ(result.status, 0) << result.err;
  const Json crossings = Json::parse(result.out).at("crossings");
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_TRUE(crossings[0].at("n_measured").is_null());
  EXPECT_TRUE(crossings[0].at("se").is_null());
  EXPECT_EQ(crossings[0].at("between"), Json({200, 5000}));
  EXPECT_EQ(crossings[0].at("data_sets"), 0);
  EXPECT_EQ(crossings[0].at("data_sets_unresolved"), 1);
  const std::string table = run(coarse).out;
  for (const char* part : {"200..5000",
                           "5 -> 6, beta 1: not both phases were found on both "
                           "sides; a finer grid gives the crossing"})
    EXPECT_NE(table.find(part), std::string::npos) << part << " is not in: " << table;
}

TEST_F(CommandLine, SampledDataHaveNoLaplaceConstant) {
  const Arguments both = small_sample({"--samples", "200,300,400", "--datasets", "2", "--dataset",
                                       "sampled,population", "--overwrite", "-o", "x.nc"},
                                      "512");
  Arguments with_json = both;
  with_json.push_back("--json");
  const Result result = run(with_json);
  ASSERT_EQ(result.status, 0) << result.err;
  const Json constants = Json::parse(result.out).at("constants");
  std::size_t sampled = 0;
  for (const Json& fit : constants) {
    const bool is_sampled = fit.at("dataset") == "sampled";
    sampled += is_sampled ? 1 : 0;
    EXPECT_EQ(fit.at("laplace").is_null(), is_sampled) << fit;
    EXPECT_EQ(fit.at("data_sets"), is_sampled ? 2 : 1) << fit;
  }
  EXPECT_GE(sampled, 1u);
  const std::string table = run(both).out;
  // The line below the table is there where a fit is none.
  bool is_bad = false;
  for (const Json& fit : constants) {
    const int freedom = fit.at("runs").get<int>() - 2 * fit.at("data_sets").get<int>();
    is_bad |= fit.at("chi2").get<double>() > 3 * freedom;
    EXPECT_NE(table.find(" / " + std::to_string(freedom)), std::string::npos) << table;
  }
  EXPECT_EQ(table.find("chi2 above 3 times its freedom") != std::string::npos, is_bad) << table;
  EXPECT_NE(table.find("so they have no Laplace constant"), std::string::npos) << table;
}

// A number of a summary, whose null is a NaN of the file.
void expect_equal(const Json& summary, double in_file) {
  if (summary.is_null()) {
    EXPECT_TRUE(std::isnan(in_file)) << in_file;
  } else {
    EXPECT_EQ(summary.get<double>(), in_file);
  }
}

TEST_F(CommandLine, TheFileHasTheCrossingsAndConstantsOfTheSummary) {
  const Result result =
      run(small_sample({"--samples", "50,100,200,300,5000", "--datasets", "2", "--dataset",
                        "sampled,population", "--json", "-o", "x.nc"},
                       "512"));
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(result.out);
  const auto compare = [&](const char* list, const char* group,
                           const std::map<std::string, std::string>& numbers) {
    const GroupReader read((work_ / "x.nc").string(), group);
    const auto sets = read.values<std::int64_t>("data_set");
    std::size_t next = 0;  // row of the file
    for (const Json& one : json.at(list)) {
      while (sets.at(next) >= 0) ++next;
      EXPECT_EQ(sets[next], one.at("dataset") == "population" ? -1 : -2);
      for (const auto& [key, name] : numbers)
        expect_equal(one.at(key), read.values<double>(name).at(next));
      ++next;
    }
    EXPECT_GT(next, 0u) << list;
    EXPECT_TRUE(std::all_of(sets.begin() + static_cast<std::ptrdiff_t>(next), sets.end(),
                            [](std::int64_t set) { return set >= 0; }));
  };
  compare("crossings", "crossings",
          {{"n_measured", "n_measured"}, {"se", "se"}, {"n_predicted", "n_predicted"}});
  compare("constants", "free_energy_fit",
          {{"constant", "constant"},
           {"constant_se", "constant_se"},
           {"slope", "slope"},
           {"slope_se", "slope_se"},
           {"chi2", "chi2"},
           {"formula", "paper"},
           {"laplace", "laplace"}});
}

TEST_F(CommandLine, SampleResultsDoNotHangOnThreadsOrInstructions) {
  const auto digest = [&](const Arguments& more) {
    Arguments all = small_sample({"--samples", "50,100", "--json", "--overwrite", "-o", "x.nc"});
    all.insert(all.end(), more.begin(), more.end());
    const Result result = run(all);
    // 2 where the machine has no such instructions.
    return result.status == 0 ? Json::parse(result.out).at("digest").get<std::string>()
                              : result.err;
  };
  const std::string one = digest({"--instructions", "baseline"});
  EXPECT_EQ(one.size(), 32u);
  Arguments two = small_sample({"--samples", "50,100", "--json", "--overwrite", "-o", "x.nc"});
  two[4] = "2";
  EXPECT_EQ(Json::parse(run(two).out).at("digest"), one);
  const std::string avx2 = digest({"--instructions", "avx2"});
  EXPECT_TRUE(avx2 == one || avx2.find("avx2") != std::string::npos) << avx2;
  EXPECT_NE(digest({"--seed", "2"}), one);
}

TEST_F(CommandLine, MoreDataSetsChangeNoEarlierRun) {
  const auto runs = [&](const char* data_sets) {
    return Json::parse(run(small_sample({"--datasets", data_sets, "--samples", "50", "--json",
                                         "--overwrite", "-o", "x.nc"}))
                           .out)
        .at("runs");
  };
  const Json one = runs("1"), three = runs("3");
  ASSERT_EQ(three.size(), 3u);
  EXPECT_EQ(one.at(0), three.at(0));
  EXPECT_NE(three.at(0).at("log_evidence"), three.at(1).at("log_evidence"));
}

TEST_F(CommandLine, SampleTableHasALinePerPosterior) {
  const Result result =
      run(small_sample({"--samples", "100,600", "--datasets", "2", "-o", "x.nc"}, "512"));
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* part :
       {"prior-scale 1", "log evidence +- se", "set 0", "set 1", " %", "crossing", "-> 6",
        "predicted n", "4 posteriors of 3 islands of 512 particles", "leapfrogs/s", "result x.nc",
        "digest "})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " is not in: " << result.out;
  const Result priors =
      run(small_sample({"--samples", "50", "--prior-scale", "1,2", "--beta", "0.5", "-o", "y.nc"}));
  EXPECT_NE(priors.out.find("beta  prior-scale"), std::string::npos) << priors.out;
  EXPECT_NE(priors.out.find("0.5            2"), std::string::npos) << priors.out;
}

// Many stages with hardly a move leave few of the particles with descendants.
TEST_F(CommandLine, APosteriorOfAFewAncestorsIsDoubtful) {
  const Arguments cold = small_sample({"--samples", "100000", "-o", "x.nc"}, "1024");
  const Result table = run(cold);
  ASSERT_EQ(table.status, 0) << table.err;
  EXPECT_NE(table.out.find("doubtful: n 100000, set 0, beta 1, prior-scale 1: "), std::string::npos)
      << table.out;
  Arguments json = cold;
  json.push_back("--json");
  EXPECT_TRUE(Json::parse(run(json).out).at("runs").at(0).at("doubt").is_string());
}

TEST_F(CommandLine, SampleDryRunWritesNothing) {
  const Result text = run(small_sample({"--dry-run", "-o", "x.nc"}));
  EXPECT_EQ(text.status, 0) << text.err;
  for (const char* part :
       {"[sample]", "# posteriors     1", "# islands        3", "# particles      192", "# memory"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part;
  EXPECT_EQ(text.out.find("[train]"), std::string::npos);
  const Json json = Json::parse(
      run(small_sample({"--dry-run", "--json", "--samples", "50,50,100", "--datasets", "2"})).out);
  EXPECT_EQ(json.at("runs"), 4);
  EXPECT_EQ(json.at("duplicate_runs"), 2);
  EXPECT_EQ(json.at("islands"), 12);
  EXPECT_EQ(json.at("particles"), 768);
  EXPECT_TRUE(is_empty());
}

TEST_F(CommandLine, SampleDryRunTellsTheWork) {
  const auto ratio = [&](const Arguments& more) {
    Arguments dry = {"sample",    "--device", "cpu",         "--threads",   "1",
                     "--islands", "3",        "--json",      "--leapfrogs", "4",
                     "--samples", "100,3000", "--overwrite", "-o",          "x.nc"};
    dry.insert(dry.end(), more.begin(), more.end());
    const double done = Json::parse(run(dry).out).at("leapfrogs").get<double>();
    dry.push_back("--dry-run");
    return Json::parse(run(dry).out).at("expected_leapfrogs").get<double>() / done;
  };
  // The stages of smc are an estimate; lengths of steps are drawn.
  for (const char* ess : {"0.5", "0.9"})
    EXPECT_NEAR(ratio({"--ess", ess, "--particles", "128", "--draws", "5"}), 1, 0.3) << ess;
  EXPECT_NEAR(ratio({"--sampler", "hmc", "--chains", "2", "--warmup", "300", "--draws", "200"}), 1,
              0.1);
  EXPECT_NEAR(ratio({"--sampler", "tempering", "--chains", "2", "--warmup", "200", "--rounds",
                     "200", "--draws", "10"}),
              1, 0.1);
  const Json nuts =
      Json::parse(run(small_sample({"--sampler", "nuts", "--dry-run", "--json"})).out);
  EXPECT_TRUE(nuts.at("expected_leapfrogs").is_null());
}

TEST_F(CommandLine, SampleNotesWhatChangesNothing) {
  const Result result = run(
      small_sample({"--dataset", "population", "--datasets", "3", "--beta", "1,1", "--dry-run"}));
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("--datasets: changes nothing here"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("1 of the sweep's posteriors left out"), std::string::npos)
      << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
}

TEST_F(CommandLine, WrongUseOfSampleIsOneSentence) {
  const auto refused = [&](const Arguments& more, const std::string& part) {
    const Result result = run(small_sample(more));
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_TRUE(is_empty());
  };
  refused({}, "-o FILE.nc is missing");
  refused({"-o", "x.txt"}, "ends in .nc");
  refused({"--shard", "2/2", "-o", "x.nc"}, "--shard: '2/2' is neither auto nor I/N");
  refused({"--sampler", "gibbs", "-o", "x.nc"}, "one of smc, tempering, hmc, nuts");
  refused({"--sampler", "hmc", "--init", "7", "-o", "x.nc"}, "--init");
  refused({"--sampler", "hmc", "--init", "postrior", "-o", "x.nc"}, "prior or uniform");
  refused({"--lr", "1", "-o", "x.nc"}, "--lr");
  refused({"--draws", "1", "--draws", "2", "-o", "x.nc"}, "--draws");
  refused({"--hidden", "3", "-o", "x.nc"}, "3");
  refused({"--samples", "0", "-o", "x.nc"}, "--samples");
}

TEST_F(CommandLine, OtherStagesTakeNoSampleResult) {
  ASSERT_EQ(run(small_sample({"--quiet", "-o", "x.nc"})).status, 0);
  for (const Arguments& arguments : std::vector<Arguments>{
           {"llc", "--at", "x.nc", "-o", "y.nc"}, {"train", "--init", "x.nc", "-o", "y.nc"}}) {
    const Result result = run(arguments);
    EXPECT_EQ(result.status, 65) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

TEST_F(CommandLine, SampleReplacesTheSameResultAlone) {
  const Arguments sample = small_sample({"--quiet", "-o", "x.nc"});
  const auto with = [&](const Arguments& more) {
    Arguments all = sample;
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  };
  EXPECT_EQ(with({}).status, 0);
  EXPECT_EQ(with({}).status, 0);
  const Result other = with({"--seed", "2"});
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("the sample result of another study"), std::string::npos) << other.err;
  EXPECT_EQ(with({"--seed", "2", "--overwrite"}).status, 0);
}

TEST_F(CommandLine, RunSamplesAfterTheOtherStages) {
  write("s.toml", std::string(small_study) +
                      "[train]\ntrajectories = 2\nepochs = 1\nsamples = 100\nrecords = 2\n"
                      "[llc]\nchains = 2\ndraws = 10\nburn-in = 5\nsamples = 100\n");
  const Result result = run({"run", "s.toml", "--sample-samples", "60,120", "--sample-draws", "4",
                             "--draws", "11", "--max-failed", "1", "-o", "out", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(read_file(work_ / "out/summary.json"));
  EXPECT_EQ(Json::parse(result.out), json);
  for (const char* stage : {"train", "llc", "sample"}) {
    EXPECT_TRUE(json.contains(stage)) << stage;
    EXPECT_TRUE(fs::exists(work_ / "out" / (std::string(stage) + ".nc"))) << stage;
  }
  const Json& sample = json.at("sample");
  ASSERT_EQ(sample.at("runs").size(), 2u);
  EXPECT_EQ(sample.at("runs").at(1).at("samples"), 120);
  // The stage alone is the same.
  const Result alone = run({"sample", "out/study.toml", "--json", "-o", "x.nc"});
  ASSERT_EQ(alone.status, 0) << alone.err;
  EXPECT_EQ(Json::parse(alone.out).at("digest"), sample.at("digest"));
  EXPECT_EQ(Json::parse(alone.out).at("study_hash"), sample.at("study_hash"));
  // Again into the same directory, but not another study's.
  EXPECT_EQ(run({"run", "out/study.toml", "-o", "out", "--quiet"}).status, 0);
  EXPECT_EQ(run({"run", "out/study.toml", "--islands", "4", "-o", "out", "--quiet"}).status, 2);
}

TEST_F(CommandLine, RunOfPosteriorsAlone) {
  write("s.toml", small_study);
  const Result dry = run({"run", "s.toml", "--dry-run"});
  EXPECT_EQ(dry.status, 0) << dry.err;
  EXPECT_NE(dry.out.find("# stage          sample\n"), std::string::npos) << dry.out;
  EXPECT_EQ(dry.out.find("[train]"), std::string::npos);
  const Result foreign = run({"run", "s.toml", "--samples", "10", "-o", "out"});
  EXPECT_EQ(foreign.status, 2);
  EXPECT_NE(foreign.err.find("no table [train]"), std::string::npos) << foreign.err;
  const Result result = run({"run", "s.toml", "--islands", "2", "-o", "out"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("2 posteriors of 2 islands"), std::string::npos) << result.out;
  EXPECT_FALSE(fs::exists(work_ / "out/train.nc"));
  const Result help = run({"run", "--help"});
  for (const char* flag : {"--beta", "--sample-samples", "--sample-draws", "--sample-leapfrogs"})
    EXPECT_NE(help.out.find(std::string(flag) + " "), std::string::npos) << flag;
}

TEST_F(CommandLine, AStoppedSampleWithoutCheckpointsLeavesNoFile) {
  const pid_t child = start({"sample", "--device", "cpu", "--particles", "1000000", "--samples",
                             "100000", "--quiet", "-o", "x.nc", "--checkpoint-every", "0"});
  while (!fs::exists(work_ / "x.nc.part")) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  kill(child, SIGTERM);
  const auto begin = std::chrono::steady_clock::now();
  const Result result = finish(child);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(result.status, 75) << result.err;
  EXPECT_NE(result.err.find("x.nc was not written"), std::string::npos) << result.err;
  EXPECT_TRUE(is_empty());
}

}  // namespace
}  // namespace kgon::test
