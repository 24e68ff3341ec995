// The shard that an array of tasks gives out.
#include "io/shard.hpp"

#include <gtest/gtest.h>

#include <map>

#include "io/usage_error.hpp"

namespace kgon {
namespace {

using Environment = std::map<std::string, std::string>;

EnvironmentShard shard_in(const Environment& environment) {
  return shard_from_environment([&](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

Environment slurm(const char* id, const char* count, const char* low, const char* high,
                  const char* step = "1") {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_COUNT", count},
          {"SLURM_ARRAY_TASK_MIN", low},
          {"SLURM_ARRAY_TASK_MAX", high},
          {"SLURM_ARRAY_TASK_STEP", step}};
}

Environment kubernetes(const char* index, const char* count) {
  return {{"JOB_COMPLETION_INDEX", index}, {"JOB_COMPLETIONS", count}};
}

Environment aws_batch(const char* index, const char* size) {
  return {{"AWS_BATCH_JOB_ARRAY_INDEX", index}, {"AWS_BATCH_JOB_ARRAY_SIZE", size}};
}

Environment without(Environment environment, const std::string& variable) {
  environment.erase(variable);
  return environment;
}

void expect_shard(const Environment& environment, std::uint64_t index, std::uint64_t count,
                  const std::string& variable) {
  const EnvironmentShard found = shard_in(environment);
  EXPECT_EQ(found.shard.index, index);
  EXPECT_EQ(found.shard.count, count);
  EXPECT_EQ(found.variable, variable);
}

// One sentence, which begins with the flag and has all of `parts`.
void expect_refused(const Environment& environment, const std::vector<std::string>& parts) {
  try {
    const EnvironmentShard found = shard_in(environment);
    ADD_FAILURE() << "shard " << found.shard.index << "/" << found.shard.count;
  } catch (const UsageError& error) {
    const std::string sentence = error.what();
    EXPECT_EQ(sentence.find("--shard auto: "), 0u) << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
    for (const std::string& part : parts)
      EXPECT_NE(sentence.find(part), std::string::npos) << part << " is not in: " << sentence;
  }
}

TEST(EnvironmentShard, OfAnArrayOfSlurm) {
  expect_shard(slurm("3", "64", "0", "63"), 3, 64, "SLURM_ARRAY_TASK_ID");
  expect_shard(slurm("1", "64", "1", "64"), 0, 64, "SLURM_ARRAY_TASK_ID");
  expect_shard(slurm("64", "64", "1", "64"), 63, 64, "SLURM_ARRAY_TASK_ID");
  expect_shard(slurm("0", "1", "0", "0"), 0, 1, "SLURM_ARRAY_TASK_ID");
}

TEST(EnvironmentShard, OfAnIndexedJobOfKubernetes) {
  expect_shard(kubernetes("0", "5"), 0, 5, "JOB_COMPLETION_INDEX");
  expect_shard(kubernetes("4", "5"), 4, 5, "JOB_COMPLETION_INDEX");
}

TEST(EnvironmentShard, OfAnArrayJobOfAwsBatch) {
  expect_shard(aws_batch("0", "10000"), 0, 10000, "AWS_BATCH_JOB_ARRAY_INDEX");
  expect_shard(aws_batch("9999", "10000"), 9999, 10000, "AWS_BATCH_JOB_ARRAY_INDEX");
}

TEST(EnvironmentShard, OfNothingElse) {
  expect_refused({}, {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX",
                      "is set", "give --shard I/N"});
  expect_refused({{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "0"}}, {"no task of an array"});
}

// A part of an array that is submitted again has a count, or a first task, of its own.
TEST(EnvironmentShard, OfAWholeArrayOfSlurmAlone) {
  expect_refused(slurm("7", "2", "3", "7"), {"3 to 7 in steps of 1", "SLURM_ARRAY_TASK_COUNT = 2",
                                             "--shard I/N", "submitted again"});
  expect_refused(slurm("3", "1", "3", "3"), {"3 to 3", "--shard I/N"});
  expect_refused(slurm("4", "3", "3", "5"), {"3 to 5", "--shard I/N"});
  expect_refused(slurm("2", "4", "0", "6", "2"), {"in steps of 2", "--shard I/N"});
  expect_refused(slurm("0", "1", "0", "1", "2"), {"in steps of 2"});
  expect_refused(slurm("0", "2", "1", "0"), {"1 to 0"});
  expect_refused(slurm("64", "64", "0", "63"), {"SLURM_ARRAY_TASK_ID is 64", "0 to 63"});
  expect_refused(slurm("0", "64", "1", "64"), {"SLURM_ARRAY_TASK_ID is 0", "1 to 64"});
}

TEST(EnvironmentShard, NamesWhatIsMissing) {
  for (const char* variable : {"SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
                               "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP"})
    expect_refused(without(slurm("3", "64", "0", "63"), variable),
                   {"SLURM_ARRAY_TASK_ID is set and " + std::string(variable) + " is not"});
  expect_refused(without(slurm("3", "64", "0", "63"), "SLURM_ARRAY_TASK_ID"),
                 {"SLURM_ARRAY_TASK_COUNT is set and SLURM_ARRAY_TASK_ID is not"});
  expect_refused({{"JOB_COMPLETION_INDEX", "1"}},
                 {"JOB_COMPLETIONS is not", "template has to set JOB_COMPLETIONS"});
  expect_refused({{"JOB_COMPLETIONS", "5"}}, {"JOB_COMPLETION_INDEX is not"});
  expect_refused({{"AWS_BATCH_JOB_ARRAY_INDEX", "1"}}, {"AWS_BATCH_JOB_ARRAY_SIZE is not"});
  expect_refused({{"AWS_BATCH_JOB_ARRAY_SIZE", "5"}}, {"AWS_BATCH_JOB_ARRAY_INDEX is not"});
}

TEST(EnvironmentShard, OfOneSystemAlone) {
  const std::vector<Environment> systems = {slurm("3", "64", "0", "63"), kubernetes("1", "5"),
                                            aws_batch("1", "5")};
  for (std::size_t a = 0; a < systems.size(); ++a) {
    for (std::size_t b = a + 1; b < systems.size(); ++b) {
      Environment both = systems[a];
      both.insert(systems[b].begin(), systems[b].end());
      expect_refused(both, {"both ", " are set", "give --shard I/N"});
    }
  }
  Environment half = systems[0];
  half["JOB_COMPLETIONS"] = "5";
  expect_refused(half, {"both SLURM_ARRAY_TASK_ID and JOB_COMPLETIONS are set"});
}

TEST(EnvironmentShard, OfWholeNumbersAlone) {
  for (const char* bad : {"", " ", "x", "-1", "+1", "1.0", "1 ", " 1", "0x1", "1e3", "4294967296",
                          "99999999999999999999"}) {
    expect_refused(kubernetes(bad, "5"), {"JOB_COMPLETION_INDEX is '" + std::string(bad) + "'"});
    expect_refused(kubernetes("0", bad), {"JOB_COMPLETIONS is '" + std::string(bad) + "'"});
    expect_refused(slurm("0", "1", "0", "0", bad), {"SLURM_ARRAY_TASK_STEP is '"});
  }
}

TEST(EnvironmentShard, OfAnIndexBelowTheCount) {
  expect_refused(kubernetes("5", "5"), {"JOB_COMPLETION_INDEX is 5", "below JOB_COMPLETIONS = 5"});
  expect_refused(kubernetes("0", "0"), {"below JOB_COMPLETIONS = 0"});
  expect_refused(aws_batch("7", "5"),
                 {"AWS_BATCH_JOB_ARRAY_INDEX is 7", "below AWS_BATCH_JOB_ARRAY_SIZE = 5"});
}

}  // namespace
}  // namespace kgon
