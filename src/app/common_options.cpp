#include "app/common_options.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "io/usage_error.hpp"

namespace kgon {
namespace {

constexpr const char* automatic_shard = "auto";

EnvironmentShard shard_of_this_task() {
  return shard_from_environment([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

}  // namespace

Shard StageOptions::requested_shard() const {
  if (!shard) return {};
  return *shard == automatic_shard ? shard_of_this_task().shard : parse_shard(*shard);
}

void tell_shard(const StageOptions& options) {
  if (options.shard != automatic_shard) return;
  const EnvironmentShard found = shard_of_this_task();
  tell(options.quiet,
       fmt::format("shard {}/{} from {}", found.shard.index, found.shard.count, found.variable));
}

void add_stage_options(CLI::App& command, StageOptions& options, const StageHelp& help) {
  // An empty name would read as "no study".
  command.add_option("STUDY", options.study, "study file (TOML); flags win over it")
      ->required(help.needs_study)
      ->check([](const std::string& path) {
        return std::string(path.empty() ? "the name of the study file is empty" : "");
      });
  command.add_option("-o,--output", options.output, help.output);
  command.add_flag("--overwrite", options.overwrite, overwrite_help);
  command
      .add_option("--shard", options.shard,
                  fmt::format("run part I of N of {}, I from 0, or with auto the part that an "
                              "array of Slurm, an indexed Job of Kubernetes or an array job of AWS "
                              "Batch gives out; merge joins them",
                              help.members))
      ->type_name("I/N|auto");
  add_checkpoint_options(command, options.checkpoint);
  command.add_flag("--json", options.json, "one JSON document on stdout instead of the table");
  command.add_flag("--quiet", options.quiet, "no table, notes or progress; errors and --json stay");
  command.add_flag(
      "--dry-run", options.dry_run,
      "print the resolved study, its members, memory and, but for nuts, work; write nothing");
  options.keys.add_to(command);
}

Study read_stage_study(const StageOptions& options, const std::string& table) {
  Study study = read_study(options.study, options.keys.given());
  if (study.has_tables() && !study.has(table))
    throw UsageError(fmt::format("{}: has no table [{}]; kgon run does what its tables say",
                                 options.study, table));
  return study;
}

void tell(bool quiet, const std::string& sentence) {
  if (quiet) return;
  static const auto logger = [] {
    auto made = spdlog::stderr_logger_mt("kgon");
    made->set_pattern("kgon: %v");
    return made;
  }();
  logger->info("{}", sentence);
}

}  // namespace kgon
