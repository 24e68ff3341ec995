#include "app/run_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/json_output.hpp"
#include "app/output_path.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "app/train_report.hpp"
#include "io/toml_file.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// Paths inside the output directory.
struct RunFiles {
  std::string train, study, summary;
};

RunFiles files_in(const std::string& directory) {
  const std::filesystem::path base(directory);
  return {base / "train.nc", base / "study.toml", base / "summary.json"};
}

// A resolved study run again into its own directory is rewritten as it is; any other study file
// would lose its comments and lists.
void check_study_survives(const StageOptions& options, const RunFiles& files,
                          const std::string& resolved) {
  std::error_code error;
  if (std::filesystem::equivalent(options.study, files.study, error) &&
      read_toml_text(options.study) != resolved)
    throw UsageError(
        fmt::format("-o {}: the resolved study would overwrite {}", options.output, options.study));
}

}  // namespace

void setup_run(CLI::App& app, std::function<int()>& action, const std::string& command_line) {
  const auto options = std::make_shared<StageOptions>();
  options->command = command_line;
  CLI::App* command =
      app.add_subcommand("run", "run every stage that a study has and print the summary");
  add_stage_options(*command, *options, "the directory for results, made where it is missing");
  command->callback([options, &action] { action = [options] { return run_run(*options); }; });
}

int run_run(const StageOptions& options) {
  if (options.study.empty()) throw UsageError("run: the study file is missing");
  if (options.output.empty() && !options.dry_run)
    throw UsageError("-o DIR is missing: where should the results go?");
  Study study = read_study(options.study, options.keys.given());
  if (!study.has_train())
    throw UsageError(fmt::format("{}: has no stage to run; add a table [train]", options.study));
  const TrainStage stage = prepare_stage(options, std::move(study));
  if (options.dry_run) {
    tell_notes(options, stage);
    return print_dry_run(options, stage);
  }

  const RunFiles files = files_in(options.output);
  const std::string resolved = resolved_toml(stage.study);
  make_output_directory(options.output);
  check_study_survives(options, files, resolved);
  for (const std::string& file : {files.train, files.study, files.summary})
    check_output_file(file, {});
  for (const Value& init : stage.study.at("train.init").values)
    check_output_file(files.train, {std::get<std::string>(init)});
  tell_notes(options, stage);

  StopOnSignal signals;
  // A summary that is there belongs to the two files beside it, whenever the program was killed:
  // the one of an earlier run goes first, the new one comes last.
  const auto before_publishing = [&] {
    std::filesystem::remove(files.summary);
    write_text_file(files.study, resolved);
  };
  const TrainOutcome outcome = run_train_stage(
      stage, {files.train, options.command, options.quiet, before_publishing}, signals.control());
  nlohmann::ordered_json summary;
  summary["train"] = train_json(stage, outcome, files.train);
  write_text_file(files.summary, json_text(summary));
  if (options.json) {
    print_out(json_text(summary));
  } else if (!options.quiet) {
    print_out(fmt::format("{}study  {}\nsummary {}\n", train_table(stage, outcome, files.train),
                          files.study, files.summary));
  }
  return train_exit_status(stage, outcome);
}

}  // namespace kgon
