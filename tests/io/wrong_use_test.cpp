// Wrong studies and flags: each is refused with a sentence that says where and what.
#include "wrong_use.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/cells.hpp"

namespace kgon {
namespace {

using wrong_use::Case;
using wrong_use::compiled;
using wrong_use::expect_refusal;
using wrong_use::joined;

std::string deep_lists(int depth) {
  return "[train]\nlr = " + std::string(static_cast<std::size_t>(depth), '[') + "1" +
         std::string(static_cast<std::size_t>(depth), ']');
}

std::string many_values(int count) {
  std::string list = "[1";
  for (int i = 2; i <= count; ++i) list += "," + std::to_string(i);
  return list + "]";
}

std::string dotted(int depth) {
  std::string key = "a";
  for (int i = 0; i < depth; ++i) key += ".a";
  return key;
}

std::vector<Case> syntax_cases() {
  return {
      {"NoEquals", "seed 1", {}, {"s.toml:1:"}},
      {"TwoEquals", "\n\nseed = = 1", {}, {"s.toml:3:"}},
      {"NoValue", "seed =", {}, {"s.toml:1:"}},
      {"EmptyKey", "\"\" = 1", {}, {"s.toml:1:", "empty key"}},
      {"EmptyKeyInATable", "[train]\n\"\" = 1", {}, {"s.toml:2:", "empty key"}},
      {"EmptyTable", "seed = 1\n[\"\"]\nseed = 9", {}, {"s.toml:2:", "empty key"}},
      {"EmptyKeyWithADot", "seed = 1\n\"\".seed = 9", {}, {"s.toml:2:", "empty key"}},
      {"OpenString", "device = \"cpu", {}, {"s.toml:1:"}},
      {"OpenList", "[train]\nlr = [0.1, 0.2", {}, {"s.toml:2:"}},
      {"OpenTable", "[train\nlr = 1", {}, {"s.toml:1:"}},
      {"KeyTwice", "seed = 1\nseed = 2", {}, {"s.toml:2:", "seed"}},
      {"TableTwice", "[train]\nlr = 1\n[train]\n", {}, {"s.toml:3:", "train"}},
      {"ControlByte", "seed = 1\n[[\x02", {}, {"s.toml:2:", "0x02"}},
      {"Utf8", "# \xcf\x87\nseed = 1", {}, {"s.toml:1:", "0xcf"}},
      {"NulByte", std::string("seed = 1\0", 9), {}, {"s.toml:1:", "0x00"}},
      {"Delete", "seed = 1 # \x7f", {}, {"s.toml:1:", "0x7f"}},
      {"TooLarge", std::string((1 << 20) + 1, '#'), {}, {"s.toml:1:", "1 MiB"}},
      {"DeepList", deep_lists(40), {}, {"s.toml:2:", "32"}},
      {"VeryDeepList", deep_lists(100000), {}, {"s.toml:2:", "32"}},
      {"DeepTable", "[" + dotted(40) + "]", {}, {"s.toml:1:", "32"}},
      {"VeryDeepKey", dotted(100000) + " = 1", {}, {"s.toml:1:", "32"}},
      {"ListOfTables", "[[train]]\nlr = 1", {}, {"s.toml:1:", "[train]"}},
      {"JustText", "hello", {}, {"s.toml:1:"}},
  };
}

std::vector<Case> name_cases() {
  return {
      {"UnknownKey", "sead = 1", {}, {"s.toml:1: sead", "'seed'"}},
      {"UnknownTrainKey", "[train]\n\nepoch = 3", {}, {"s.toml:3: train.epoch", "'epochs'"}},
      {"SwappedLetters", "[train]\nbacth = 3", {}, {"s.toml:2: train.bacth", "'batch'"}},
      {"Underscore", "max_failed = 0.1", {}, {"s.toml:1: max_failed", "'max-failed'"}},
      {"FarFromAll", "zzzzzzzzzz = 1", {}, {"s.toml:1: zzzzzzzzzz", "no such key"}},
      {"UpperCase", "Seed = 1", {}, {"s.toml:1: Seed", "'seed'"}},
      {"UnknownTable", "[trian]\nlr = 1", {}, {"s.toml:1:", "[trian]", "'train'"}},
      {"LongerTable", "[training]\nlr = 1", {}, {"s.toml:1:", "[training]", "'train'"}},
      {"KeyOfTwoTables", "samples = 4", {}, {"s.toml:1: samples", "[train] or [llc] or [sample]"}},
      {"LlcKeyInTrain", "[train]\nchains = 4", {}, {"s.toml:2: train.chains", "[llc]"}},
      {"TrainKeyOnTop", "lr = 0.1", {}, {"s.toml:1: lr", "[train]"}},
      {"TopKeyInTrain", "[train]\nseed = 1", {}, {"s.toml:2: train.seed", "top of the file"}},
      {"TableInTrain", "[train.lr]\nx = 1", {}, {"s.toml:1: train.lr", "a table"}},
      {"ResumeIsNoKey", "resume = true", {}, {"s.toml:1: resume", "no such key"}},
      {"TrainIsNoValue", "train = 1", {}, {"s.toml:1: train"}},
  };
}

std::vector<Case> type_cases() {
  return {
      {"TextForInteger", "seed = \"1\"", {}, {"s.toml:1: seed", "\"1\"", "integer"}},
      {"RealForInteger", "[train]\nbatch = 2.5", {}, {"s.toml:2: train.batch", "2.5", "integer"}},
      {"BooleanForInteger", "threads = true", {}, {"s.toml:1: threads", "boolean"}},
      {"DateForReal", "max-failed = 2024-01-01", {}, {"s.toml:1: max-failed", "date"}},
      {"TextForReal", "[train]\nlr = \"0.1\"", {}, {"s.toml:2: train.lr", "number"}},
      {"NumberForChoice", "precision = 64", {}, {"s.toml:1: precision", "64", "float, double"}},
      {"RealForPoint", "[train]\ninit = 4.5", {}, {"s.toml:2: train.init", "4.5"}},
      {"NumberForDevice", "device = 0", {}, {"s.toml:1: device", "cuda:0,1"}},
      {"ListInList", "[train]\nlr = [[0.1]]", {}, {"s.toml:2: train.lr", "a list"}},
      {"InlineTable", "[train]\nlr = {a = 1}", {}, {"s.toml:2: train.lr", "a table"}},
      {"EmptyList", "[train]\nlr = []", {}, {"s.toml:2: train.lr", "empty"}},
      {"ListOfSeeds", "seed = [1, 2]", {}, {"s.toml:1: seed", "not a list"}},
      {"ListOfTrajectories", "[train]\ntrajectories = [10]", {}, {"train.trajectories", "list"}},
      {"ListOfRecords", "[train]\nrecords = [10, 20]", {}, {"train.records", "not a list"}},
      {"MixedList", "[train]\nlr = [0.1,\n\"x\"]", {}, {"s.toml:3: train.lr", "\"x\""}},
  };
}

std::vector<Case> range_cases() {
  return {
      {"NotFinite", "[train]\nlr = nan", {}, {"s.toml:2: train.lr", "nan"}},
      {"Infinite", "[train]\nepochs = inf", {}, {"s.toml:2: train.epochs", "inf"}},
      {"ZeroRate", "[train]\nlr = 0", {}, {"s.toml:2: train.lr", "above 0"}},
      {"NegativeRate", "[train]\nlr = [0.1, -0.1]", {}, {"s.toml:2: train.lr", "-0.1"}},
      {"NegativeSeed", "seed = -1", {}, {"s.toml:1: seed", "-1"}},
      {"HugeSeed", "seed = 9223372036854775808", {}, {"s.toml:1:"}},
      {"ZeroBatch", "[train]\nbatch = 0", {}, {"s.toml:2: train.batch", "from 1"}},
      {"ManySamples", "[train]\nsamples = 134217729", {}, {"train.samples", "134217728"}},
      {"NoTrajectories", "[train]\ntrajectories = 0", {}, {"train.trajectories", "from 1"}},
      {"OneRecord", "[train]\nrecords = 1", {}, {"train.records", "from 2"}},
      {"PositiveDeadBias", "[train]\ndead-bias = 0.1", {}, {"train.dead-bias", "0.1"}},
      {"NegativeNoise", "[train]\ninit-noise = -0.01", {}, {"train.init-noise", "-0.01"}},
      {"PhaseLossTooLarge", "phase-loss = 101", {}, {"s.toml:1: phase-loss", "100"}},
      {"PhaseVertexZero", "phase-vertex = 0", {}, {"s.toml:1: phase-vertex", "above 0"}},
      {"FailedAboveOne", "max-failed = 1.5", {}, {"s.toml:1: max-failed", "0 to 1"}},
      {"Features", "features = 32", {}, {"s.toml:1: features", "2 to 31"}},
      {"Choice", "[train]\ndataset = \"owm\"", {}, {"s.toml:2: train.dataset", "'own'"}},
      {"ChoiceCase", "precision = \"Float\"", {}, {"s.toml:1: precision", "'float'"}},
      {"Device", "device = \"gpu\"", {}, {"s.toml:1: device", "cuda"}},
      {"DeviceNumbers", "device = \"cuda:0,\"", {}, {"s.toml:1: device", "cuda:0,1"}},
      {"Point", "[train]\ninit = \"radnom\"", {}, {"s.toml:2: train.init", "'random'"}},
      {"PointOrder", "[train]\ninit = \"4-+\"", {}, {"s.toml:2: train.init", "4++-"}},
      {"EmptyPoint", "[train]\ninit = \"\"", {}, {"s.toml:2: train.init"}},
  };
}

std::vector<Case> flag_cases() {
  return {
      {"FlagText", "", {{"seed", "x"}}, {"--seed", "'x'", "integer"}},
      {"FlagEmpty", "", {{"train.lr", ""}}, {"--lr", "''"}},
      {"FlagTrailing", "", {{"train.lr", "0.1x"}}, {"--lr", "'0.1x'"}},
      {"FlagEmptyPart", "", {{"train.lr", "0.1,,0.2"}}, {"--lr", "''"}},
      {"FlagBlank", "", {{"train.lr", " 0.1"}}, {"--lr", "' 0.1'"}},
      {"FlagHex", "", {{"seed", "0x10"}}, {"--seed", "'0x10'"}},
      {"FlagNan", "", {{"train.lr", "nan"}}, {"--lr", "nan"}},
      {"FlagOverflow", "", {{"train.lr", "1e999"}}, {"--lr", "'1e999'"}},
      {"FlagRealForInteger", "", {{"train.batch", "1e2"}}, {"--batch", "'1e2'"}},
      {"FlagListOfSeeds", "", {{"seed", "1,2"}}, {"--seed", "not a list"}},
      {"FlagControl", "", {{"train.init", "a\x01.nc"}}, {"--init", "a?.nc"}},
      {"FlagWinsAndIsWrong", "seed = 1", {{"seed", "-1"}}, {"--seed", "-1"}},
      {"FlagBatch", "[train]\nsamples = 10", {{"train.batch", "11"}}, {"--batch", "11", "10"}},
  };
}

std::vector<Case> cell_cases() {
  return {
      {"BatchAboveSamples",
       "[train]\nsamples = 100\nbatch = 200",
       {},
       {"s.toml:3: train.batch", "200", "100"}},
      {"SamplesBelowBatch", "[train]\nsamples = [1000, 10]", {}, {"s.toml:2: train.samples", "20"}},
      {"Model", "features = 9", {}, {"s.toml:1: features", "2x9", "KGON_MODELS", "2x5;2x6;3x6"}},
      {"Hidden", "hidden = 4", {}, {"s.toml:1: hidden", "4x6", "KGON_MODELS"}},
      {"LabelInThree", "hidden = 3\n[train]\ninit = \"4\"", {}, {"s.toml:3: train.init", "random"}},
      {"DefaultInThree", "hidden = 3\n[train]", {}, {"train.init", "random"}},
      {"LabelOfOther", "[train]\ninit = \"7\"", {}, {"s.toml:2: train.init", "7"}},
      {"LabelTooManyNegative", "[train]\ninit = \"4-----\"", {}, {"s.toml:2: train.init"}},
      {"RateIsNothingInFloat",
       "[train]\nlr = [0.005, 1e-60]",
       {},
       {"s.toml:2: train.lr", "1e-60", "1.18e-38", "float"}},
      {"RateIsNothingInDouble",
       "precision = 'double'\n[train]\nlr = 1e-310",
       {},
       {"s.toml:3: train.lr", "2.23e-308", "double"}},
      {"ScaleIsNothingInFloat",
       "[train]\ninit = 'random'\ninit-scale = 1e-60",
       {},
       {"s.toml:3: train.init-scale", "1e-60"}},
      {"NoiseIsNothingInFloat", "[train]\ninit-noise = 1e-39", {}, {"s.toml:2: train.init-noise"}},
      {"NoStep", "[train]\nepochs = 0.0001", {}, {"s.toml:2: train.epochs", "no step"}},
      {"TooManySteps",
       "[train]\nepochs = 4e9\nsamples = 1000000\nbatch = 1",
       {},
       {"s.toml:2: train.epochs", "2^40"}},
      {"TooManyDraws",
       "[train]\nepochs = 4e9\nsamples = 134217728\nbatch = 134217728",
       {},
       {"s.toml:2: train.epochs", "2^54"}},
      {"TwoFeaturesHaveNoPhases", "features = 2", {}, {"s.toml:1: features", "3 to 35"}},
      {"TooManyCells",
       "[train]\nlr = " + many_values(1000) + "\nepochs = " + many_values(1000) +
           "\nbatch = " + many_values(11),
       {},
       {"s.toml:", "10000000 cells"}},
      {"TooManyRecords",
       "[train]\nrecords = 1000000\nlr = " + many_values(101),
       {},
       {"s.toml:2: train.records", "100000000"}},
  };
}

}  // namespace

std::vector<wrong_use::Case> wrong_use::train_cases() {
  return joined(
      {syntax_cases(), name_cases(), type_cases(), range_cases(), flag_cases(), cell_cases()});
}

namespace {

class WrongUse : public testing::TestWithParam<Case> {};

TEST_P(WrongUse, IsRefusedWithASentence) {
  expect_refusal(GetParam(), [](const Study& study) { expand_study(study, compiled); });
}

INSTANTIATE_TEST_SUITE_P(Table, WrongUse, testing::ValuesIn(wrong_use::train_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(WrongUseTable, HasAtLeastSixtyCases) {
  EXPECT_GE(wrong_use::train_cases().size(), 60u);
}

}  // namespace
}  // namespace kgon
