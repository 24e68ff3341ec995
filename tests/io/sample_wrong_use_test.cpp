// Wrong studies of sample: each is refused with a sentence that says where and what.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/sample_cells.hpp"
#include "wrong_use.hpp"

namespace kgon {
namespace {

using wrong_use::Case;
using wrong_use::compiled;
using wrong_use::expect_refusal;
using wrong_use::joined;

std::vector<Case> value_cases() {
  return {
      {"UnknownKey", "[sample]\nparticle = 4", {}, {"s.toml:2: sample.particle", "'particles'"}},
      {"LlcKey", "[sample]\ngamma = 4", {}, {"s.toml:2: sample.gamma", "[llc]"}},
      {"Table", "[sampel]\nbeta = 1", {}, {"s.toml:1:", "[sampel]", "'sample'"}},
      {"KeyAtTheTop", "beta = 1", {}, {"s.toml:1: beta", "[sample]"}},
      {"NoSamples", "[sample]\nsamples = [100, 0]", {}, {"s.toml:2: sample.samples", "from 1"}},
      {"ManySamples", "[sample]\nsamples = 134217729", {}, {"sample.samples", "134217728"}},
      {"HalfASample", "[sample]\nsamples = 1.5", {}, {"s.toml:2: sample.samples", "1.5"}},
      {"NoDataSets", "[sample]\ndatasets = 0", {}, {"s.toml:2: sample.datasets", "from 1"}},
      {"ListOfDataSets", "[sample]\ndatasets = [1, 2]", {}, {"sample.datasets", "not a list"}},
      {"Dataset", "[sample]\ndataset = \"own\"", {}, {"s.toml:2: sample.dataset", "population"}},
      {"ZeroBeta", "[sample]\nbeta = 0", {}, {"s.toml:2: sample.beta", "above 0"}},
      {"InfiniteBeta", "[sample]\nbeta = inf", {}, {"s.toml:2: sample.beta", "inf"}},
      {"ZeroPrior", "[sample]\nprior-scale = 0", {}, {"sample.prior-scale", "above 0"}},
      {"WidePrior", "[sample]\nprior-scale = 1001", {}, {"sample.prior-scale", "1000"}},
      {"NoIslands", "[sample]\nislands = 0", {}, {"s.toml:2: sample.islands", "from 1"}},
      {"ManyIslands", "[sample]\nislands = 65537", {}, {"sample.islands", "65536"}},
      {"FewParticles", "[sample]\nparticles = 15", {}, {"s.toml:2: sample.particles", "from 16"}},
      {"LowEss", "[sample]\ness = 0.4", {}, {"s.toml:2: sample.ess", "from 0.5"}},
      {"FullEss", "[sample]\ness = 1", {}, {"s.toml:2: sample.ess", "below 1"}},
      {"ListOfEss", "[sample]\ness = [0.5, 0.9]", {}, {"sample.ess", "not a list"}},
      {"NoMoves", "[sample]\nmoves = 0", {}, {"s.toml:2: sample.moves", "from 1"}},
      {"NoLeapfrogs", "[sample]\nleapfrogs = 0", {}, {"s.toml:2: sample.leapfrogs", "from 1"}},
      {"NegativeDraws", "[sample]\ndraws = -1", {}, {"s.toml:2: sample.draws", "from 0"}},
      {"Start", "[sample]\ninit = \"postrior\"", {}, {"sample.init", "prior or uniform"}},
      {"NoThinning", "[sample]\nthin = 0", {}, {"s.toml:2: sample.thin", "from 1"}},
      {"FullAcceptance", "[sample]\ntarget-acceptance = 1", {}, {"sample.target-acceptance"}},
      {"DeepTree", "[sample]\nmax-depth = 15", {}, {"s.toml:2: sample.max-depth", "1 to 14"}},
      {"Flag", "", {{"sample.beta", "-1"}}, {"--beta", "-1"}},
      {"FlagList", "", {{"sample.samples", "100,,200"}}, {"--samples", "''"}},
  };
}

std::vector<Case> combination_cases() {
  return {
      {"MoreDrawsThanParticles",
       "[sample]\nparticles = 64\ndraws = 65",
       {},
       {"s.toml:3: sample.draws", "65", "64 particles"}},
      {"FewerParticlesThanDraws",
       "[sample]\nparticles = 64",
       {},
       {"s.toml:2: sample.particles", "100 draws"}},
      {"NoDrawsOfChains",
       "[sample]\nsampler = \"hmc\"\ndraws = 0",
       {},
       {"s.toml:3: sample.draws", "hmc", "1 or more"}},
      {"MoreDrawsThanCanBeCounted",
       "[sample]\nsampler = \"nuts\"\ndraws = 16777216\nchains = 1000",
       {},
       {"s.toml:3: sample.draws", "1000 chains", "2147483648"}},
      {"LongerThanCanBeCounted",
       "[sample]\nsampler = \"hmc\"\ndraws = 16777216\nthin = 1000000",
       {},
       {"s.toml:4: sample.thin", "16777216 draws every 1000000 steps"}},
      {"StartThatIsNoPoint",
       "[sample]\nsampler = \"nuts\"\ninit = \"9\"",
       {},
       {"s.toml:3: sample.init", "9"}},
      {"ManyChainsOfAll",
       "[sample]\nsampler = \"nuts\"\nislands = 60000\nchains = 60000",
       {},
       {"s.toml:4: sample.chains", "10000000"}},
      {"MoreDrawsThanRounds",
       "[sample]\nsampler = \"tempering\"\nrounds = 60\ndraws = 61",
       {},
       {"s.toml:4: sample.draws", "61 draws of each chain", "60 rounds"}},
      {"FewerRoundsThanDraws",
       "[sample]\nsampler = \"tempering\"\nrounds = 60",
       {},
       {"s.toml:3: sample.rounds", "100 draws", "60 rounds"}},
      {"ManyChainsOfLadders",
       "[sample]\nsampler = \"tempering\"\nislands = 60000\nchains = 60000",
       {},
       {"s.toml:4: sample.chains", "10000000"}},
      {"LongLadder",
       "[sample]\nsampler = \"tempering\"\nsamples = 134217728\nladder-ratio = 1.0000001",
       {},
       {"s.toml:4: sample.ladder-ratio", "1.0000001", "more than 1000 rungs",
        "n = 50 and 134217728", "take 1.015 or more"}},
      {"LadderOfMoreRungsThanAnIntegerCounts",
       "",
       {{"sample.sampler", "tempering"},
        {"sample.samples", "134217728"},
        {"sample.ladder-ratio", "1.000000001"}},
       {"--ladder-ratio", "more than 1000 rungs"}},
      {"LadderOfTheSmallestRatio",
       "",
       {{"sample.sampler", "tempering"},
        {"sample.samples", "134217728"},
        {"sample.ladder-ratio", "1.0000000000000003"}},
       {"--ladder-ratio", "more than 1000 rungs"}},
      {"LadderOfOneRungTooMany",
       "[sample]\nsampler = \"tempering\"\nsamples = 1050\nladder-ratio = 1.0001",
       {},
       {"s.toml:4: sample.ladder-ratio", "n = 50 and 1050"}},
      {"ThreeDimensions", "hidden = 3\n[sample]", {}, {"s.toml:1: hidden", "hidden = 3", "phases"}},
      {"NoCatalogue", "features = 2\n[sample]", {}, {"s.toml:1: features", "3"}},
      {"Model", "features = 9\n[sample]", {}, {"s.toml:1: features", "2x9", "KGON_MODELS"}},
      {"ManyIslandsOfAll",
       "[sample]\nislands = 65536\ndatasets = 200",
       {},
       {"s.toml:2: sample.islands", "10000000"}},
  };
}

}  // namespace

std::vector<wrong_use::Case> wrong_use::sample_cases() {
  return joined({value_cases(), combination_cases()});
}

namespace {

class SampleWrongUse : public testing::TestWithParam<Case> {};

TEST_P(SampleWrongUse, IsRefusedWithASentence) {
  expect_refusal(GetParam(), [](const Study& study) { expand_sample(study, compiled); });
}

INSTANTIATE_TEST_SUITE_P(Table, SampleWrongUse, testing::ValuesIn(wrong_use::sample_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SampleWrongUseTable, HasAtLeastFifteenCases) {
  EXPECT_GE(wrong_use::sample_cases().size(), 15u);
}

TEST(SampleWrongUse, GridsTooLongForALadderAreRefused) {
  std::string samples = "samples = [100";
  for (int n = 101; n <= 1099; ++n) samples += ", " + std::to_string(n);
  // 1,000 n and the rung at 50.
  expect_refusal({"",
                  "[sample]\nsampler = \"tempering\"\n" + samples + "]",
                  {},
                  {"s.toml:3: sample.samples", "1001 rungs", "several runs"}},
                 [](const Study& study) { expand_sample(study, compiled); });
}

TEST(SampleWrongUse, ListsThatMultiplyIntoTooManyRunsAreRefused) {
  std::string samples = "samples = [1";
  for (int i = 2; i <= 1001; ++i) samples += ", " + std::to_string(i);
  std::string betas = "beta = [1";
  for (int i = 2; i <= 1001; ++i) betas += ", " + std::to_string(i);
  const auto refuses = [](const std::string& study, const std::string& part) {
    expect_refusal({"", "[sample]\nislands = 1\n" + study, {}, {part, "1000000"}},
                   [](const Study& read) { expand_sample(read, compiled); });
  };
  refuses(samples + "]\n" + betas + "]", "s.toml:4: sample.beta");
  refuses(samples + "]\ndatasets = 10000", "s.toml:4: sample.datasets");
}

}  // namespace
}  // namespace kgon
