#include "io/shard.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "io/usage_error.hpp"

namespace kgon {
namespace {

using Numbers = std::vector<std::uint64_t>;

// Where an array of tasks says which of them this one is.
struct ArraySystem {
  std::vector<const char*> variables;  // the index, the number of tasks, and what else there is
  const char* remedy;                  // where one of them is missing
  Shard (*shard_of)(const ArraySystem& system, const Numbers& values);  // of the variables
};

[[noreturn]] void refuse_auto(const std::string& why) {
  throw UsageError("--shard auto: " + why);
}

// A part of an array that is submitted again has a count of its own, and its tasks would be taken
// for shards of another cut.
Shard slurm_shard(const ArraySystem&, const Numbers& values) {
  const std::uint64_t id = values[0], count = values[1], low = values[2], high = values[3],
                      step = values[4];
  if (step != 1 || low > 1 || high < low || high - low + 1 != count)
    refuse_auto(fmt::format(
        "SLURM_ARRAY_TASK_MIN to SLURM_ARRAY_TASK_MAX is {} to {} in steps of {}, with "
        "SLURM_ARRAY_TASK_COUNT = {}, which is no whole array 0-(N-1) or 1-N; give --shard I/N, as "
        "a part of an array that is submitted again has another count than the first one had",
        low, high, step, count));
  if (id < low || id > high)
    refuse_auto(
        fmt::format("SLURM_ARRAY_TASK_ID is {}, outside of the array's {} to {}", id, low, high));
  return {id - low, count};
}

Shard indexed_shard(const ArraySystem& system, const Numbers& values) {
  const Shard shard{values[0], values[1]};
  if (shard.index >= shard.count)
    refuse_auto(fmt::format("{} is {}, which has to be below {} = {}", system.variables[0],
                            shard.index, system.variables[1], shard.count));
  return shard;
}

const ArraySystem systems[] = {
    {{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
      "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP"},
     "Slurm sets it for the tasks of sbatch --array",
     slurm_shard},
    {{"JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"},
     "Kubernetes sets JOB_COMPLETION_INDEX in an indexed Job, and the Job's template has to set "
     "JOB_COMPLETIONS to its number of completions",
     indexed_shard},
    {{"AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"},
     "AWS Batch sets it in the children of an array job",
     indexed_shard}};

// The first of the system's variables that is set; null where none is.
const char* first_set(const ArraySystem& system, const EnvironmentGetter& get) {
  for (const char* variable : system.variables)
    if (get(variable)) return variable;
  return nullptr;
}

// The one system whose variables are set.
const ArraySystem& system_of(const EnvironmentGetter& get) {
  const ArraySystem* found = nullptr;
  for (const ArraySystem& system : systems) {
    const char* variable = first_set(system, get);
    if (variable == nullptr) continue;
    if (found != nullptr)
      refuse_auto(fmt::format(
          "both {} and {} are set, so that two systems would give out the shard; give --shard I/N",
          first_set(*found, get), variable));
    found = &system;
  }
  if (found == nullptr)
    refuse_auto(
        "none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and AWS_BATCH_JOB_ARRAY_INDEX is set, "
        "so this is no task of an array; give --shard I/N");
  return *found;
}

// Below 2^32.
std::uint64_t number_in(const ArraySystem& system, const char* variable,
                        const EnvironmentGetter& get) {
  const auto text = get(variable);
  if (!text)
    refuse_auto(fmt::format("{} is set and {} is not: {}; or give --shard I/N",
                            first_set(system, get), variable, system.remedy));
  std::uint32_t value = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    refuse_auto(fmt::format("{} is '{}', which is no whole number from 0 to 4294967295", variable,
                            text->substr(0, 60)));
  return value;
}

}  // namespace

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  if (index.ec == std::errc() && index.ptr != end && *index.ptr == '/') {
    const auto count = std::from_chars(index.ptr + 1, end, shard.count);
    if (count.ec == std::errc() && count.ptr == end && shard.index < shard.count) return shard;
  }
  throw UsageError(
      fmt::format("--shard: '{}' is neither auto nor I/N with 0 <= I < N, such as 0/3, 1/3 and 2/3",
                  text.substr(0, 60)));
}

EnvironmentShard shard_from_environment(const EnvironmentGetter& get) {
  const ArraySystem& system = system_of(get);
  Numbers values;
  for (const char* variable : system.variables) values.push_back(number_in(system, variable, get));
  return {system.shard_of(system, values), system.variables.front()};
}

ShardRange shard_range(const Shard& shard, std::uint64_t total, const std::string& what) {
  if (shard.count > total)
    throw UsageError(
        fmt::format("--shard: {} {} cannot be cut into {} shards", total, what, shard.count));
  const std::uint64_t first = total * shard.index / shard.count;
  return {first, total * (shard.index + 1) / shard.count - first};
}

}  // namespace kgon
