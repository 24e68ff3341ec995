#include "app/train_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/exit_code.hpp"
#include "app/json_output.hpp"
#include "app/output_path.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "app/train_report.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// Files that the output must not replace.
std::vector<std::string> inputs_of(const StageOptions& options, const TrainStage& stage) {
  std::vector<std::string> inputs;
  if (!options.study.empty()) inputs.push_back(options.study);
  for (const Value& init : stage.study.at("train.init").values)
    if (std::get<std::string>(init).ends_with(".nc")) inputs.push_back(std::get<std::string>(init));
  return inputs;
}

}  // namespace

void tell_notes(const TrainStage& stage, bool quiet) {
  for (const std::string& note : stage.expanded.notes) tell(quiet, note);
  if (stage.expanded.duplicates > 0)
    tell(quiet,
         fmt::format("{} of the sweep's cells left out: equal to another in every key that applies",
                     stage.expanded.duplicates));
}

void setup_train(CLI::App& app, std::function<int()>& action, const std::string& command_line) {
  const auto options = std::make_shared<StageOptions>(std::vector<std::string>{"train"});
  options->command = command_line;
  CLI::App* command = app.add_subcommand("train", "run SGD trajectories and classify their phases");
  add_stage_options(*command, *options, {"the result file, FILE.nc", "every cell's trajectories"});
  command->callback([options, &action] { action = [options] { return run_train(*options); }; });
}

int run_train(const StageOptions& options) {
  if (options.output.empty() && !options.dry_run)
    throw UsageError("-o FILE.nc is missing: where should the result go?");
  StopOnSignal signals;
  const TrainStage stage =
      prepare_train(read_stage_study(options, "train"), options.requested_shard());
  if (!options.output.empty()) check_output_file(options.output, inputs_of(options, stage));
  check_replacement(options.output, options.overwrite, identity_of(stage));
  check_checkpoint(options.output, options.checkpoint, options.overwrite);
  tell_shard(options);
  tell_notes(stage, options.quiet);
  if (options.dry_run) {
    print_out(options.json ? json_text(dry_run_json(stage))
                           : resolved_toml(stage.study, {"train"}) + "\n" + dry_run_lines(stage) +
                                 dry_run_end);
    return exit_status(ExitCode::done);
  }
  if (const auto status = status_if_complete(stage.study, options.output, options.checkpoint,
                                             identity_of(stage), options.json, options.quiet))
    return *status;
  const TrainOutcome outcome = run_train_stage(stage,
                                               {.path = options.output,
                                                .command = options.command,
                                                .quiet = options.quiet,
                                                .checkpoint = options.checkpoint},
                                               signals.control());
  if (options.json) {
    print_out(json_text(train_json(stage, outcome, options.output)));
  } else if (!options.quiet) {
    print_out(train_table(stage, outcome, options.output));
  }
  return train_exit_status(stage, outcome);
}

}  // namespace kgon
