// Wrong studies of llc: each is refused with a sentence that says where and what.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/cells.hpp"
#include "io/llc_cells.hpp"
#include "wrong_use.hpp"

namespace kgon {
namespace {

using wrong_use::Case;
using wrong_use::compiled;
using wrong_use::expect_refusal;
using wrong_use::joined;

std::vector<Case> value_cases() {
  return {
      {"UnknownKey", "[llc]\nchain = 4", {}, {"s.toml:2: llc.chain", "'chains'"}},
      {"TrainKey", "[llc]\nlr = 4", {}, {"s.toml:2: llc.lr", "[train]"}},
      {"Random", "[llc]\nat = \"random\"", {}, {"s.toml:2: llc.at", "'random'", "train"}},
      {"AtForm", "[llc]\nat = \"5-+\"", {}, {"s.toml:2: llc.at", "4++-"}},
      {"AtWord", "[llc]\nat = \"trian\"", {}, {"s.toml:2: llc.at", "'train'"}},
      {"OneSample", "[llc]\nsamples = 1", {}, {"s.toml:2: llc.samples", "from 2"}},
      {"NegativeNbeta", "[llc]\nnbeta = -1", {}, {"s.toml:2: llc.nbeta", "from 0"}},
      {"ZeroNbetaScale", "[llc]\nnbeta-scale = 0", {}, {"s.toml:2: llc.nbeta-scale", "above 0"}},
      {"InfiniteNbeta", "[llc]\nnbeta = inf", {}, {"s.toml:2: llc.nbeta", "inf"}},
      {"NegativeGamma", "[llc]\ngamma = [1, -1]", {}, {"s.toml:2: llc.gamma", "-1"}},
      {"ZeroScale", "[llc]\nstep-scale = 0", {}, {"s.toml:2: llc.step-scale", "above 0"}},
      {"NegativeStep", "[llc]\nstep-size = -1e-3", {}, {"llc.step-size", "from 0"}},
      {"Sampler", "[llc]\nsampler = \"malla\"", {}, {"s.toml:2: llc.sampler", "'mala'"}},
      {"Estimator", "[llc]\nestimator = \"exat\"", {}, {"llc.estimator", "'exact'"}},
      {"EstimatorList", "[llc]\nestimator = [\"exact\"]", {}, {"llc.estimator", "not a list"}},
      {"Dataset", "[llc]\ndataset = \"own\"", {}, {"s.toml:2: llc.dataset", "population"}},
      {"ZeroDeadBias", "[llc]\ndead-bias = 0", {}, {"s.toml:2: llc.dead-bias", "below 0"}},
      {"PositiveDeadBias", "[llc]\ndead-bias = 0.5", {}, {"s.toml:2: llc.dead-bias", "below 0"}},
      {"NoChains", "[llc]\nchains = 0", {}, {"s.toml:2: llc.chains", "from 1"}},
      {"ListOfChains", "[llc]\nchains = [4, 8]", {}, {"s.toml:2: llc.chains", "not a list"}},
      {"NoDraws", "[llc]\ndraws = 0", {}, {"s.toml:2: llc.draws", "from 4"}},
      {"NoThin", "[llc]\nthin = 0", {}, {"s.toml:2: llc.thin", "from 1"}},
      {"NegativeBurnIn", "[llc]\nburn-in = -1", {}, {"s.toml:2: llc.burn-in", "from 0"}},
      {"NoLeapfrogs", "[llc]\nleapfrogs = 0", {}, {"s.toml:2: llc.leapfrogs", "from 1"}},
      {"RejectBelow", "[llc]\nreject-below = 1.1", {}, {"llc.reject-below", "0 to 1"}},
      {"Boolean", "[llc]\ncheck-bias = true", {}, {"s.toml:2: llc.check-bias", "no, yes"}},
      {"KeepLosses",
       "[llc]\nkeep-losses = \"ja\"",
       {},
       {"s.toml:2: llc.keep-losses", "auto, none, all"}},
      {"Records", "[llc]\nat-records = \"last\"", {}, {"llc.at-records", "final"}},
      {"Every", "[llc]\nat-every = 0", {}, {"s.toml:2: llc.at-every", "from 1"}},
      {"PhaseForm", "[llc]\nat-phase = \"x\"", {}, {"s.toml:2: llc.at-phase", "any or other"}},
      {"Flag", "", {{"llc.gamma", "-1"}}, {"--gamma", "-1"}},
      {"FlagList", "", {{"llc.at", "5,,6"}}, {"--at", "''"}},
  };
}

std::vector<Case> combination_cases() {
  return {
      {"LabelOfOther", "[llc]\nat = \"7\"", {}, {"s.toml:2: llc.at", "7"}},
      {"LabelInThree", "hidden = 3\n[llc]", {}, {"llc.at", "hidden = 3", "train or a file"}},
      {"TrainWithoutStage", "[llc]\nat = \"train\"", {}, {"s.toml:2: llc.at", "kgon run"}},
      {"PhaseOfOther",
       "[llc]\nat-phase = \"7\"",
       {},
       {"s.toml:2: llc.at-phase", "no phase 7", "there are ", "5+"}},
      {"Model", "features = 9\n[llc]", {}, {"s.toml:1: features", "2x9", "KGON_MODELS"}},
      {"SgldOnPopulation",
       "[llc]\nsampler = \"sgld\"\ndataset = \"population\"",
       {},
       {"s.toml:3: llc.dataset", "sgld", "langevin"}},
      {"DevinterpWithLangevin",
       "[llc]\nestimator = \"devinterp\"",
       {},
       {"s.toml:2: llc.estimator", "sgld", "langevin"}},
      {"DevinterpWithOneOfTwo",
       "[llc]\nestimator = \"devinterp\"\nsampler = [\"sgld\", \"hmc\"]",
       {},
       {"s.toml:2: llc.estimator", "hmc"}},
      {"DevinterpBatchOfOne",
       "[llc]\nestimator = \"devinterp\"\nsampler = \"sgld\"\nbatch = 1",
       {},
       {"s.toml:4: llc.batch", "log batch"}},
      {"BatchAboveSamples",
       "[llc]\nsampler = \"sgld\"\nbatch = 30\nsamples = 25",
       {},
       {"s.toml:3: llc.batch", "30", "25"}},
      {"LongChain",
       "[llc]\ndraws = 2000000000\nthin = 1000000",
       {},
       {"s.toml:2: llc.draws", "2^40"}},
      {"TooMuchWork",
       "[llc]\nat = [5, 6]\ndraws = 1000000\nthin = 1000000\nchains = 1000000",
       {},
       {"s.toml:3: llc.draws", "2^60"}},
  };
}

}  // namespace

std::vector<wrong_use::Case> wrong_use::llc_cases() {
  return joined({value_cases(), combination_cases()});
}

namespace {

class LlcWrongUse : public testing::TestWithParam<Case> {};

TEST_P(LlcWrongUse, IsRefusedWithASentence) {
  expect_refusal(GetParam(), [](const Study& study) { expand_llc(study, compiled); });
}

INSTANTIATE_TEST_SUITE_P(Table, LlcWrongUse, testing::ValuesIn(wrong_use::llc_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(LlcWrongUseTable, HasAtLeastTwentyFiveCases) {
  EXPECT_GE(wrong_use::llc_cases().size(), 25u);
}

// An llc study of the records of a train stage that is still to come: 2 x 3 trajectories of 5
// records.
ExpandedLlc expand_expected(const std::string& lines, bool counts_records = true) {
  const Study study = parse_study(
      "[train]\ntrajectories = 3\nrecords = 5\nlr = [0.001, 0.005]\n[llc]\nat = \"train\"\n" +
          lines,
      "s.toml", {});
  const ExpandedStudy train = expand_study(study, compiled);
  EXPECT_EQ(train.plan.cells.front().record_steps.size(), 5u);
  return expand_llc(study, compiled, {}, {"", &train.plan, counts_records});
}

TEST(LlcWrongUse, ATrainStageCountsAsTheRecordsThatItWillHave) {
  const auto sites = [](const std::string& lines) { return expand_expected(lines).sites; };
  EXPECT_EQ(sites("at-records = \"all\"\n"), 30u);
  EXPECT_EQ(sites("at-records = \"all\"\ngamma = [1.0, 10.0]\n"), 60u);
  EXPECT_EQ(sites("at-records = \"final\"\n"), 6u);
  EXPECT_EQ(sites("at-records = \"all\"\nat-every = 2\n"), 18u);
  EXPECT_EQ(sites("at-records = \"all\"\nat-record = 4\nat-trajectory = 2\n"), 2u);
  EXPECT_EQ(sites("at-records = \"all\"\nat-trajectories = 2\n"), 20u);
  EXPECT_EQ(sites("at-records = \"plateau\"\n"), 30u);
  EXPECT_NE(expand_expected("at-records = \"plateau\"\n").notes.at(0).find("30 records"),
            std::string::npos);
  // What a run checks before the train stage.
  EXPECT_EQ(expand_expected("at-records = \"all\"\ngamma = [1.0, 10.0]\n", false).sites, 4u);
  EXPECT_THROW(expand_expected("at-trajectory = 3\n", false), UsageError);
  // Every trajectory has its own data set.
  EXPECT_EQ(expand_expected("at-records = \"all\"\n").plan.data.size(), 6u);
  try {
    expand_expected("at-records = \"all\"\nat-trajectory = 3\n");
    FAIL() << "not refused";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("s.toml:8: llc.at-trajectory"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("0 to 2"), std::string::npos);
  }
}

TEST(LlcWrongUse, ATrainStageMustKeepWhatIsAskedFor) {
  const auto refusal = [](const std::string& keep, const std::string& records) {
    const Study study =
        parse_study("[train]\nkeep-parameters = \"" + keep +
                        "\"\n[llc]\nat = \"train\"\nat-records = \"" + records + "\"",
                    "s.toml", {});
    const ExpandedStudy train = expand_study(study, compiled);
    try {
      expand_llc(study, compiled, {}, {"", &train.plan});
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(refusal("none", "final").find("s.toml:2: train.keep-parameters"), std::string::npos);
  EXPECT_NE(refusal("final", "all").find("does not keep"), std::string::npos);
  EXPECT_EQ(refusal("final", "final"), "");
  EXPECT_EQ(refusal("all", "plateau"), "");
}

}  // namespace
}  // namespace kgon
