#include "app/common_options.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "app/exit_code.hpp"
#include "app/json_output.hpp"
#include "app/standard_output.hpp"
#include "app/train_report.hpp"

namespace kgon {

void add_stage_options(CLI::App& command, StageOptions& options, const std::string& output_help) {
  // An empty name would read as "no study".
  command.add_option("STUDY", options.study, "study file (TOML); flags win over it")
      ->check([](const std::string& path) {
        return std::string(path.empty() ? "the name of the study file is empty" : "");
      });
  command.add_option("-o,--output", options.output, output_help);
  command
      .add_option("--shard", options.shard,
                  "run part I of N of every cell's trajectories, I from 0; merge joins them")
      ->type_name("I/N");
  command.add_flag("--json", options.json, "one JSON document on stdout instead of the table");
  command.add_flag("--quiet", options.quiet, "no table, notes or progress; errors and --json stay");
  command.add_flag("--dry-run", options.dry_run,
                   "print the resolved study, its cells, members, memory and work; write nothing");
  options.keys.add_to(command);
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

TrainStage prepare_stage(const StageOptions& options, Study study) {
  const Shard shard = options.shard.empty() ? Shard{} : parse_shard(options.shard);
  return prepare_train(std::move(study), shard);
}

void tell_notes(const StageOptions& options, const TrainStage& stage) {
  if (!stage.note.empty()) tell(options.quiet, stage.note);
  if (stage.expanded.duplicates > 0)
    tell(options.quiet,
         fmt::format("{} of the sweep's cells left out: equal to another in every key that applies",
                     stage.expanded.duplicates));
}

int print_dry_run(const StageOptions& options, const TrainStage& stage) {
  print_out(options.json ? json_text(dry_run_json(stage)) : dry_run_text(stage));
  return exit_status(ExitCode::done);
}

}  // namespace kgon
