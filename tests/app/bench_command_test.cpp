// `kgon bench` from outside, and with a back end that computes something wrong.
#include "app/bench_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/program.hpp"
#include "support/faulty_backend.hpp"

namespace kgon::test {
namespace {

using nlohmann::json;

Arguments small_bench(const Arguments& more) {
  Arguments all{"bench", "--device",  "cpu",   "--sizes",   "16", "--samples",
                "50",    "--seconds", "0.001", "--repeats", "2"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

using Bench = CommandLine;

TEST_F(Bench, PutsOneDocumentOnStdout) {
  const Result result = run(small_bench({"--json", "--threads", "2"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const json document = json::parse(result.out);
  const std::string instructions = document.at("machine").at("instructions");
  EXPECT_EQ(document.at("machine").at("device"), "cpu (" + instructions + ", 2 threads)");
  EXPECT_EQ(document.at("machine").at("threads"), 2);
  EXPECT_TRUE(document.at("machine").contains("version"));
  EXPECT_GT(document.at("roof").at("gflops_median"), 0);
  EXPECT_GT(document.at("roof").at("gflops_one_thread"), 0);
  for (const json& gate : document.at("gates")) EXPECT_EQ(gate.at("passed"), true) << gate;
  std::set<std::string> kinds;
  for (const json& timed : document.at("cases")) {
    kinds.insert(timed.at("suite").get<std::string>() + " " + timed.at("case").get<std::string>() +
                 " " + timed.at("unit").get<std::string>());
    for (const char* name : {"size", "samples", "rate_median", "rate_min", "rate_max", "repeats",
                             "seconds", "flops_per_unit", "fraction_of_roof"})
      EXPECT_TRUE(timed.contains(name)) << name;
    EXPECT_GT(timed.at("rate_median"), 0);
    EXPECT_LE(timed.at("rate_min"), timed.at("rate_median"));
    EXPECT_GE(timed.at("rate_max"), timed.at("rate_median"));
    EXPECT_EQ(timed.at("repeats"), 2);
    if (timed.at("unit") == "effective samples") continue;
    EXPECT_GT(timed.at("fraction_of_roof"), 0) << timed;
  }
  EXPECT_EQ(kinds, (std::set<std::string>{
                       "train independent draws steps", "train epoch shuffling steps",
                       "train population descent steps", "llc langevin steps", "llc hmc leapfrogs",
                       "llc sgld steps", "sample smc leapfrogs", "sample hmc leapfrogs",
                       "sample nuts leapfrogs", "sample hmc effective samples",
                       "sample nuts effective samples"}));
  EXPECT_TRUE(is_empty());
}

TEST_F(Bench, PrintsTablesOfTheSuitesAskedFor) {
  const Result result = run(small_bench({"--suite", "llc,train", "--precision", "double"}));
  ASSERT_EQ(result.status, 0) << result.err;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  const std::size_t train = result.out.find("\ntrain\n"), llc = result.out.find("\nllc\n");
  EXPECT_LT(train, llc);
  EXPECT_NE(llc, std::string::npos);
  EXPECT_EQ(result.out.find("\nsample\n"), std::string::npos);
  for (const char* part : {"passed", "roof: ", "independent draws", "of roof", "double"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part;
}

TEST_F(Bench, QuietSaysNothing) {
  const Result result = run(small_bench({"--suite", "train", "--quiet"}));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out + result.err, "");
}

TEST_F(Bench, WrongUseIsOneSentence) {
  for (const auto& [arguments, part] :
       std::vector<std::pair<Arguments, std::string>>{{{"--suite", "trian"}, "'train'"},
                                                      {{"--suite", "train,,llc"}, "''"},
                                                      {{"--suite", ""}, "''"},
                                                      {{"--sizes", ""}, "--sizes"},
                                                      {{"--sizes", "0"}, "--sizes"},
                                                      {{"--sizes", "8,many"}, "many"},
                                                      {{"--samples", "1"}, "--samples"},
                                                      {{"--seconds", "0"}, "--seconds"},
                                                      {{"--seconds", "fast"}, "fast"},
                                                      {{"--repeats", "0"}, "--repeats"},
                                                      {{"--device", "tpu"}, "tpu"},
                                                      {{"--instructions", "sse"}, "--instructions"},
                                                      {{"--epochs", "3"}, "--epochs"},
                                                      {{"study.toml"}, "study.toml"}}) {
    Arguments words{"bench"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Result result = run(words);
    EXPECT_EQ(result.status, 2) << part;
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(result.err.starts_with("kgon: ")) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << part << " is not in: " << result.err;
  }
}

TEST_F(Bench, WithoutADeviceItExitsWith69) {
  if (run({"devices"}).out.find("cuda:0") != std::string::npos) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(run({"bench", "--device", "cuda"}).status, 69);
}

class BenchOfAFault : public testing::Test {
 protected:
  // The exit status; what it prints is in out_ and err_.
  int run(const Faults& faults, const std::vector<std::string>& suites, bool json) {
    const auto sound = make_backend({"cpu", 2, ""}, nullptr);
    const auto reference = make_backend({"cpu", 1, "baseline"}, nullptr);
    FaultyBackend backend(*sound, faults);
    const BenchPlan plan{suites, {{2, 6}, Precision::float32, 1, {16}, {50}, {50}}, {1, 0.001}};
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run_bench_plan(plan, {backend, *reference}, json, false);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return status;
  }

  static Faults wrong_steps() {
    Faults faults;
    faults.train = [](TrainBlock& block) {
      for (double& entry : block.parameters) entry += 1e-3;
      return true;
    };
    return faults;
  }

  std::string out_, err_;
};

TEST_F(BenchOfAFault, TimesTheOtherSuitesAndExitsWith70) {
  EXPECT_EQ(run(wrong_steps(), {"train", "llc"}, true), 70);
  EXPECT_TRUE(err_.starts_with("kgon: suite train is not timed")) << err_;
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  const json document = json::parse(out_);
  const auto& gates = document.at("gates");
  EXPECT_TRUE(std::any_of(gates.begin(), gates.end(), [](const json& gate) {
    return gate.at("suite") == "train" && gate.at("passed") == false;
  }));
  EXPECT_FALSE(document.at("cases").empty());
  for (const json& timed : document.at("cases")) EXPECT_EQ(timed.at("suite"), "llc");
}

TEST_F(BenchOfAFault, SaysWhatFailed) {
  EXPECT_EQ(run(wrong_steps(), {"train"}, false), 70);
  for (const char* part : {"FAILED", "nothing is timed"})
    EXPECT_NE(out_.find(part), std::string::npos) << out_;
  EXPECT_EQ(out_.find("of roof"), std::string::npos) << out_;
}

// As on CUDA, where one thread says nothing.
TEST_F(BenchOfAFault, ARoofMayBeThatOfAllThreadsAlone) {
  Faults none;
  none.roof = [](unsigned threads) {
    return threads == 0 ? std::optional(DeviceRoof{1e15, 270336, "sm_90", "multiply-adds"})
                        : std::nullopt;
  };
  EXPECT_EQ(run(none, {"train"}, true), 0);
  const json document = json::parse(out_);
  EXPECT_EQ(document.at("roof").at("gflops_median"), 1e6);
  EXPECT_TRUE(document.at("roof").at("gflops_one_thread").is_null());
  EXPECT_GT(document.at("cases").at(0).at("fraction_of_roof"), 0);
  EXPECT_EQ(run(none, {"train"}, false), 0);
  EXPECT_NE(out_.find("roof: 1000000 GFLOP/s (1000000 to 1000000) on 270336 threads;\n"),
            std::string::npos)
      << out_;
}

TEST_F(BenchOfAFault, WithoutARoofThereIsNoFraction) {
  EXPECT_EQ(run({}, {"train"}, true), 0);
  const json document = json::parse(out_);
  EXPECT_TRUE(document.at("roof").is_null());
  EXPECT_TRUE(document.at("cases").at(0).at("fraction_of_roof").is_null());
  EXPECT_EQ(run({}, {"train"}, false), 0);
  EXPECT_NE(out_.find("roof: none"), std::string::npos) << out_;
}

}  // namespace
}  // namespace kgon::test
