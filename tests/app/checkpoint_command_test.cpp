// Stopping, resuming and refusing on the command line.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/program.hpp"

namespace kgon::test {
namespace {

// Studies of a second or two, with checkpoints from the beginning on.
Arguments with_checkpoints(Arguments arguments, const Arguments& more = {}) {
  for (const char* word : {"--device", "cpu", "--threads", "1", "--checkpoint-every", "0.05"})
    arguments.push_back(word);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Arguments long_train(const Arguments& more = {}) {
  return with_checkpoints({"train", "--trajectories", "200", "--epochs", "1500", "--records", "20"},
                          more);
}

class Checkpoints : public CommandLine {
 protected:
  void wait_for(const std::string& name) const {
    for (int i = 0; i < 60000 && !fs::exists(work_ / name); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  // Stops the command once there is a checkpoint beside `name`; it has more to do.
  void stop(const Arguments& arguments, const std::string& name) const {
    const pid_t child = start(arguments);
    wait_for(name + ".checkpoint");
    kill(child, SIGTERM);
    const Result result = finish(child);
    ASSERT_EQ(result.status, 75) << result.err;
    EXPECT_NE(result.err.find("--resume goes on from here"), std::string::npos) << result.err;
    EXPECT_TRUE(fs::exists(work_ / (name + ".checkpoint")));
    EXPECT_FALSE(fs::exists(work_ / name));
    EXPECT_FALSE(fs::exists(work_ / (name + ".part")));
  }

  std::string digest(const std::string& name) const {
    const Result result = run({"digest", name});
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out;
  }

  void expect_same_after_a_stop(const Arguments& command) const {
    const auto to = [&](const char* name, const Arguments& more = {}) {
      Arguments all = with_checkpoints(command, {"-o", name});
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    stop(to("x.nc"), "x.nc");
    const Result resumed = run(to("x.nc", {"--resume"}));
    EXPECT_EQ(resumed.status, 0) << resumed.err;
    EXPECT_FALSE(fs::exists(work_ / "x.nc.blocks"));
    EXPECT_FALSE(fs::exists(work_ / "x.nc.checkpoint"));
    EXPECT_FALSE(fs::exists(work_ / "x.nc.checkpoint.old"));
    ASSERT_EQ(run(to("whole.nc")).status, 0);
    EXPECT_EQ(digest("x.nc"), digest("whole.nc"));
  }

  void expect_refused(const Arguments& arguments, const std::string& clause) const {
    const Result result = run(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_NE(result.err.find(clause), std::string::npos) << result.err;
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
  }
};

TEST_F(Checkpoints, OfTrainGoOnToTheSameDigest) {
  expect_same_after_a_stop(
      {"train", "--trajectories", "200", "--epochs", "1500", "--records", "20"});
}

TEST_F(Checkpoints, OfOneLongTrajectoryGoOnToTheSameDigest) {
  expect_same_after_a_stop(
      {"train", "--trajectories", "1", "--epochs", "20000", "--records", "20"});
}

TEST_F(Checkpoints, OfLlcGoOnToTheSameDigest) {
  expect_same_after_a_stop({"llc", "--at", "5,5+,6", "--gamma", "1,10,100,1000", "--samples",
                            "1000", "--chains", "4", "--draws", "8000"});
}

TEST_F(Checkpoints, OfLongChainsGoOnToTheSameDigest) {
  expect_same_after_a_stop({"llc", "--at", "5", "--samples", "1000", "--chains", "4", "--draws",
                            "100", "--thin", "8000", "--check-bias", "yes"});
  fs::remove(work_ / "x.nc");
  fs::remove(work_ / "whole.nc");
  expect_same_after_a_stop({"llc", "--at", "5", "--samples", "1000", "--chains", "4", "--draws",
                            "100", "--thin", "3000", "--sampler", "hmc"});
}

TEST_F(Checkpoints, OfSampleGoOnToTheSameDigest) {
  for (const char* sampler : {"smc", "tempering", "hmc", "nuts"}) {
    SCOPED_TRACE(sampler);
    expect_same_after_a_stop({"sample", "--samples", "100,200", "--sampler", sampler, "--islands",
                              "4", "--rounds", "1000", "--warmup", "300", "--chains", "8",
                              "--draws", "400"});
    fs::remove(work_ / "x.nc");
    fs::remove(work_ / "whole.nc");
  }
}

TEST_F(Checkpoints, AreNotLostByForgettingTheFlag) {
  stop(long_train({"-o", "x.nc"}), "x.nc");
  expect_refused(long_train({"-o", "x.nc"}), "a stopped run has left x.nc.blocks");
  EXPECT_TRUE(fs::exists(work_ / "x.nc.checkpoint"));
  expect_refused(long_train({"-o", "x.nc", "--resume", "--overwrite"}), "give one");
  expect_refused(long_train({"-o", "x.nc", "--force-build"}), "needs --resume");
  // Beginning again is asked for.
  EXPECT_EQ(run(long_train({"-o", "x.nc", "--overwrite"})).status, 0);
  EXPECT_FALSE(fs::exists(work_ / "x.nc.blocks"));
}

TEST_F(Checkpoints, OfAnotherStudySeedOrShardAreRefused) {
  stop(long_train({"-o", "x.nc"}), "x.nc");
  const auto resumed = [](const Arguments& more) {
    Arguments all = long_train({"-o", "x.nc", "--resume"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect_refused(resumed({"--lr", "0.01"}), "x.nc.checkpoint is the checkpoint of study");
  expect_refused(resumed({"--seed", "2"}), "of seed 1, and this is seed 2");
  expect_refused(resumed({"--shard", "0/2"}), "of members 0 to 199, and this is members 0 to 99");
  EXPECT_EQ(run(resumed({"--threads", "2"})).status, 2);  // given twice
  EXPECT_EQ(run(resumed({})).status, 0);
}

TEST_F(Checkpoints, ThatAreDamagedAreRefusedOrMadeUpFor) {
  stop(long_train({"-o", "x.nc"}), "x.nc");
  std::ofstream(work_ / "x.nc.checkpoint") << "nonsense";
  const Result resumed = run(long_train({"-o", "x.nc", "--resume"}));
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("x.nc.checkpoint cannot be used: is no checkpoint of kgon"),
            std::string::npos)
      << resumed.err;
  ASSERT_EQ(run(long_train({"-o", "whole.nc"})).status, 0);
  EXPECT_EQ(digest("x.nc"), digest("whole.nc"));

  stop(long_train({"-o", "y.nc"}), "y.nc");
  std::ofstream(work_ / "y.nc.blocks") << "nonsense";
  const Result refused = run(long_train({"-o", "y.nc", "--resume"}));
  EXPECT_EQ(refused.status, 65) << refused.err;
  EXPECT_NE(refused.err.find("y.nc.blocks: is no checkpoint of kgon"), std::string::npos);
}

TEST_F(Checkpoints, AreNotMadeWhereNobodyWantsThem) {
  Arguments arguments = small_train({"--checkpoint-every", "0", "-o", "x.nc"});
  for (std::string& word : arguments)
    if (word == "4") word = "1000000";  // epochs
  const pid_t child = start(arguments);
  wait_for("x.nc.part");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kill(child, SIGTERM);
  const Result result = finish(child);
  EXPECT_EQ(result.status, 75);
  EXPECT_NE(result.err.find("x.nc was not written"), std::string::npos) << result.err;
  EXPECT_TRUE(is_empty());
}

TEST_F(Checkpoints, OfADoneRunHaveNothingToDo) {
  const Arguments arguments = small_train({"-o", "x.nc", "--resume"});
  ASSERT_EQ(run(arguments).status, 0);  // there was nothing to go on from
  const auto written = fs::last_write_time(work_ / "x.nc");
  // A kill between the result's name and the end leaves this.
  std::ofstream(work_ / "x.nc.part.lock") << "";
  const Result again = run(arguments);
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_FALSE(fs::exists(work_ / "x.nc.part.lock"));
  EXPECT_NE(again.out.find("x.nc is complete, nothing was left to do"), std::string::npos);
  EXPECT_EQ(fs::last_write_time(work_ / "x.nc"), written);
  const Result json = run(small_train({"-o", "x.nc", "--resume", "--json"}));
  EXPECT_TRUE(nlohmann::json::parse(json.out).at("complete").get<bool>());
}

TEST_F(Checkpoints, OfADoneRunWhoseMembersFailedExitAsItDid) {
  const Arguments wild{"--lr", "1000", "--init", "random", "--init-scale", "10"};
  Arguments train = small_train(wild);
  train.insert(train.end(), {"--resume", "-o", "x.nc"});
  write("s.toml",
        "device = \"cpu\"\n[train]\ntrajectories = 20\nepochs = 4\nsamples = 100\nrecords = 5\n"
        "lr = 1000\ninit = \"random\"\ninit-scale = 10\n");
  const Arguments whole{"run", "s.toml", "--resume", "-o", "out"};
  for (const Arguments& arguments : {train, whole}) {
    const Result first = run(arguments), again = run(arguments);
    EXPECT_EQ(first.status, 3) << first.err;
    EXPECT_EQ(again.status, 3) << again.err;
    EXPECT_EQ(again.err, first.err);
  }
}

// The same program with another build id.
void write_other_build(const fs::path& from, const std::string& build, const fs::path& to) {
  std::string id, bytes = read_file(from);
  for (std::size_t k = 0; k + 1 < build.size(); k += 2)
    id += static_cast<char>(std::stoi(build.substr(k, 2), nullptr, 16));
  const std::size_t at = bytes.find(id);
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(to, std::ios::binary) << bytes;
  fs::permissions(to, fs::perms::owner_all);
}

TEST_F(Checkpoints, OfAnotherBuildAreRefusedUnlessForced) {
  const auto version = nlohmann::json::parse(run({"version", "--json"}).out);
  const auto build = version.at("build").get<std::string>();
  ASSERT_EQ(build.size(), 40u) << version;
  write_other_build(program_, build, base_ / "other");
  std::string other = build;
  other[1] = "1032547698badcfe"[std::stoi(build.substr(1, 1), nullptr, 16)];

  stop(long_train({"-o", "x.nc"}), "x.nc");
  program_ = base_ / "other";
  expect_refused(long_train({"-o", "x.nc", "--resume"}),
                 "of build " + build + ", and this is build " + other);
  const pid_t child = start(long_train({"-o", "x.nc", "--resume", "--force-build"}));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(child, SIGTERM);
  const Result stopped = finish(child);
  ASSERT_EQ(stopped.status, 75) << stopped.err;
  // From there on it is the other build's.
  program_ = KGON_PROGRAM;
  expect_refused(long_train({"-o", "x.nc", "--resume"}),
                 "of build " + other + ", and this is build " + build);
  const Result resumed = run(long_train({"-o", "x.nc", "--resume", "--force-build"}));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  ASSERT_EQ(run(long_train({"-o", "whole.nc"})).status, 0);
  EXPECT_EQ(digest("x.nc"), digest("whole.nc"));
}

TEST_F(Checkpoints, OfKgonRunGoOnStageByStage) {
  write("s.toml",
        "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 20\nepochs = 40\nrecords = 5\n"
        "[llc]\nat = \"train\"\nat-records = \"final\"\nchains = 2\ndraws = 4000\n"
        "[sample]\nsamples = [100, 200]\nislands = 4\nparticles = 512\n");
  const auto command = [](const char* directory, const Arguments& more) {
    Arguments all{"run", "s.toml", "-o", directory, "--checkpoint-every", "0.05"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const pid_t child = start(command("out", {}));
  wait_for("out/llc.nc.checkpoint");
  kill(child, SIGTERM);
  const Result stopped = finish(child);
  ASSERT_EQ(stopped.status, 75) << stopped.err;
  EXPECT_TRUE(fs::exists(work_ / "out/train.nc"));
  EXPECT_FALSE(fs::exists(work_ / "out/summary.json"));
  const Result refused = run(command("out", {}));
  EXPECT_EQ(refused.status, 2) << refused.err;
  const Result resumed = run(command("out", {"--resume", "--json"}));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  const auto summary = nlohmann::json::parse(resumed.out);
  EXPECT_EQ(summary.at("train").at("cells").size(), 1u);
  EXPECT_TRUE(summary.contains("sample"));
  for (const auto& entry : fs::directory_iterator(work_ / "out"))
    EXPECT_TRUE(entry.path().extension() == ".nc" || entry.path().extension() == ".json" ||
                entry.path().extension() == ".toml")
        << entry.path();
  ASSERT_EQ(run(command("whole", {})).status, 0);
  for (const char* stage : {"train", "llc", "sample"})
    EXPECT_EQ(digest(std::string("out/") + stage + ".nc"),
              digest(std::string("whole/") + stage + ".nc"));
  const Result again = run(command("out", {"--resume"}));
  EXPECT_EQ(again.status, 0);
  EXPECT_NE(again.out.find("out is complete, nothing was left to do"), std::string::npos);
}

}  // namespace
}  // namespace kgon::test
