// --shard auto in the tasks of an array.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "app/program.hpp"

namespace kgon::test {
namespace {

using Json = nlohmann::json;
using Environment = std::map<std::string, std::string>;

class ShardAuto : public CommandLine {
 protected:
  // Only these of the variables that a cluster sets.
  Result run_in(const Environment& environment, const Arguments& arguments) const {
    return run(arguments, [&] {
      for (const char* name :
           {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
            "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", "JOB_COMPLETION_INDEX",
            "JOB_COMPLETIONS", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"})
        unsetenv(name);
      for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    });
  }
};

const Environment slurm = {{"SLURM_ARRAY_TASK_ID", "2"},
                           {"SLURM_ARRAY_TASK_COUNT", "4"},
                           {"SLURM_ARRAY_TASK_MIN", "1"},
                           {"SLURM_ARRAY_TASK_MAX", "4"},
                           {"SLURM_ARRAY_TASK_STEP", "1"}};

TEST_F(ShardAuto, IsThePartThatTheArraySays) {
  const Json expected = {{"first", 5}, {"count", 5}, {"trajectories", 20}};
  const std::map<std::string, Environment> systems = {
      {"SLURM_ARRAY_TASK_ID", slurm},
      {"JOB_COMPLETION_INDEX", {{"JOB_COMPLETION_INDEX", "1"}, {"JOB_COMPLETIONS", "4"}}},
      {"AWS_BATCH_JOB_ARRAY_INDEX",
       {{"AWS_BATCH_JOB_ARRAY_INDEX", "1"}, {"AWS_BATCH_JOB_ARRAY_SIZE", "4"}}}};
  for (const auto& [variable, environment] : systems) {
    const Result result =
        run_in(environment, small_train({"--shard", "auto", "--json", "-o", "x.nc"}));
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(Json::parse(result.out).at("shard"), expected);
    EXPECT_EQ(result.err, "kgon: shard 1/4 from " + variable + "\n");
  }
}

TEST_F(ShardAuto, IsToldByEveryStage) {
  write("s.toml", "device = \"cpu\"\n[train]\n[sample]\n");
  for (const Arguments& arguments :
       std::vector<Arguments>{small_train({"--shard", "auto", "--dry-run"}),
                              {"llc", "--at", "4,5,5+,6", "--shard", "auto", "--dry-run"},
                              {"sample", "--shard", "auto", "--dry-run"},
                              {"run", "s.toml", "--shard", "auto", "--dry-run"}}) {
    const Result result = run_in(slurm, arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "kgon: shard 1/4 from SLURM_ARRAY_TASK_ID\n") << arguments[0];
    Arguments quiet = arguments;
    quiet.push_back("--quiet");
    EXPECT_EQ(run_in(slurm, quiet).err, "");
  }
  // A shard that is written out needs no array.
  EXPECT_EQ(run_in(slurm, small_train({"--shard", "1/4", "--dry-run"})).err, "");
}

TEST_F(ShardAuto, IsWrongUseWhereNoArraySaysIt) {
  for (const Environment& environment :
       {Environment{}, Environment{{"SLURM_ARRAY_TASK_ID", "2"}},
        Environment{{"JOB_COMPLETION_INDEX", "4"}, {"JOB_COMPLETIONS", "4"}}}) {
    const Result result = run_in(environment, small_train({"--shard", "auto", "-o", "x.nc"}));
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_EQ(result.err.find("kgon: --shard auto: "), 0u) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_TRUE(is_empty());
  }
}

}  // namespace
}  // namespace kgon::test
