// What stands where a result shall go: the same result is replaced, another one only when asked,
// and what is no result never.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "app/program.hpp"

namespace kgon::test {
namespace {

class Overwrite : public CommandLine {
 protected:
  // Exit code 2, one sentence with `part` in it, and the file as it was.
  void expect_refused(const Arguments& arguments, const std::string& file,
                      const std::string& part) const {
    const std::string before = read_file(work_ / file);
    const Result result = run(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_EQ(read_file(work_ / file), before);
  }

  // A small run of [train] with these flags into the directory `out`.
  static Arguments run_into_out(const Arguments& more) {
    Arguments all{"run", "s.toml", "-o", "out", "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  void expect_done(const Arguments& arguments) const {
    const Result result = run(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
  }
};

constexpr const char* small_study =
    "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 5\nepochs = 2\nsamples = 100\n"
    "records = 3\n";
constexpr const char* small_chains =
    "[llc]\nchains = 2\ndraws = 10\nburn-in = 5\nsamples = 100\ncheck-bias = \"no\"\n";

TEST_F(Overwrite, TrainReplacesTheSameResultAlone) {
  expect_done(small_train({"--quiet", "-o", "x.nc"}));
  expect_done(small_train({"--quiet", "--instructions", "baseline", "-o", "x.nc"}));
  expect_refused(small_train({"--lr", "0.1", "-o", "x.nc"}), "x.nc", "--overwrite");
  expect_refused(small_train({"--shard", "0/2", "-o", "x.nc"}), "x.nc", "--overwrite");
  expect_refused(small_train({"--lr", "0.1", "--dry-run", "-o", "x.nc"}), "x.nc", "--overwrite");
  expect_done(small_train({"--quiet", "--lr", "0.1", "--overwrite", "-o", "x.nc"}));
}

TEST_F(Overwrite, WhatIsNoResultStays) {
  write("x.nc", "notes of mine");
  const Arguments train = small_train({"--overwrite", "-o", "x.nc"});
  expect_refused(train, "x.nc", "is no NetCDF file");
  fs::create_directory(work_ / "out");
  write("s.toml", small_study);
  for (const char* file : {"out/study.toml", "out/summary.json", "out/train.nc"}) {
    write(file, "[train] # mine\n");
    expect_refused(run_into_out({"--overwrite"}), file, file);
    fs::remove(work_ / file);
  }
}

TEST_F(Overwrite, NamesOfResultsEndInNc) {
  write("bad.toml", "[train]\n");
  expect_refused(small_train({"--overwrite", "-o", "bad.toml"}), "bad.toml", "ends in .nc");
  expect_refused({"llc", "-o", "bad.toml"}, "bad.toml", "ends in .nc");
  expect_refused({"merge", "a.nc", "-o", "bad.toml"}, "bad.toml", "ends in .nc");
}

TEST_F(Overwrite, RunReplacesTheSameStudyAlone) {
  write("s.toml", small_study);
  expect_done(run_into_out({}));
  expect_done(run_into_out({"--threads", "2"}));
  expect_refused(run_into_out({"--lr", "0.1"}), "out/study.toml", "another study");
  expect_done(run_into_out({"--lr", "0.1", "--overwrite"}));
  fs::remove(work_ / "out/study.toml");
  expect_refused(run_into_out({}), "out/train.nc", "train.nc");
}

TEST_F(Overwrite, RunKnowsChainsThatStartFromItsTrajectories) {
  write("s.toml", std::string(small_study) + small_chains + "at = \"train\"\n");
  expect_done(run_into_out({"--max-failed", "1"}));
  expect_done(run_into_out({"--max-failed", "1"}));
  fs::remove(work_ / "out/study.toml");
  expect_refused(run_into_out({"--draws", "11"}), "out/llc.nc", "llc.nc");
}

TEST_F(Overwrite, LlcReplacesTheSameResultAlone) {
  write("s.toml", std::string("device = \"cpu\"\nmax-failed = 1\n") + small_chains);
  expect_done({"llc", "s.toml", "--quiet", "-o", "x.nc"});
  expect_done({"llc", "s.toml", "--quiet", "-o", "x.nc"});
  expect_refused({"llc", "s.toml", "--draws", "11", "-o", "x.nc"}, "x.nc", "--overwrite");
  expect_refused(small_train({"-o", "x.nc"}), "x.nc", "the llc result");
  expect_done({"llc", "s.toml", "--quiet", "--draws", "11", "--overwrite", "-o", "x.nc"});
}

TEST_F(Overwrite, MergeReplacesTheWholeOfTheSameStudyAlone) {
  for (const char* shard : {"0/2", "1/2"})
    expect_done(
        small_train({"--quiet", "--shard", shard, "-o", std::string("s") + shard[0] + ".nc"}));
  const Arguments merge{"merge", "s0.nc", "s1.nc", "-o", "m.nc", "--quiet"};
  expect_done(merge);
  expect_done(merge);
  expect_done(small_train({"--quiet", "--lr", "0.1", "--overwrite", "-o", "m.nc"}));
  expect_refused(merge, "m.nc", "--overwrite");
  expect_done({"merge", "s0.nc", "s1.nc", "-o", "m.nc", "--quiet", "--overwrite"});
}

}  // namespace
}  // namespace kgon::test
