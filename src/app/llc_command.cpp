#include "app/llc_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/exit_code.hpp"
#include "app/json_output.hpp"
#include "app/llc_report.hpp"
#include "app/output_path.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// Files that the output must not replace.
std::vector<std::string> inputs_of(const LlcOptions& options, const LlcStage& stage) {
  std::vector<std::string> inputs;
  if (!options.stage.study.empty()) inputs.push_back(options.stage.study);
  for (const Value& at : stage.study.at("llc.at").values)
    if (std::get<std::string>(at).ends_with(".nc")) inputs.push_back(std::get<std::string>(at));
  return inputs;
}

}  // namespace

void tell_notes(const LlcStage& stage, bool quiet) {
  for (const std::string& note : stage.expanded.notes) tell(quiet, note);
  if (stage.expanded.duplicates > 0)
    tell(quiet, fmt::format(
                    "{} of the sweep's points left out: equal to another in every key that applies",
                    stage.expanded.duplicates));
}

void setup_llc(CLI::App& app, std::function<int()>& action, const std::string& command_line) {
  const auto options = std::make_shared<LlcOptions>();
  options->stage.command = command_line;
  CLI::App* command =
      app.add_subcommand("llc", "estimate local learning coefficients with error bars");
  add_stage_options(*command, options->stage,
                    {"the result file, FILE.nc", "the points with their settings"});
  command->add_flag(
      "--calibrate", options->calibrate,
      "run a grid of step-scale (0.25 to 4; mala and hmc 1.5), gamma (1, 10, 30, 70, 100) and "
      "nbeta-scale (0.5, 1, 2), where these are not given, and say which cell to take");
  command->callback([options, &action] { action = [options] { return run_llc(*options); }; });
}

int run_llc(const LlcOptions& options) {
  const StageOptions& common = options.stage;
  if (common.output.empty() && !common.dry_run)
    throw UsageError("-o FILE.nc is missing: where should the result go?");
  StopOnSignal signals;
  Study study = read_stage_study(common, "llc");
  if (options.calibrate) study = calibration_grid(std::move(study));
  const LlcStage stage =
      prepare_llc(std::move(study), common.requested_shard(),
                  options.calibrate ? LlcPurpose::calibrate : LlcPurpose::estimate);
  if (!common.output.empty()) check_output_file(common.output, inputs_of(options, stage));
  check_replacement(common.output, common.overwrite, identity_of(stage));
  check_checkpoint(common.output, common.checkpoint, common.overwrite);
  tell_shard(common);
  tell_notes(stage, common.quiet);
  if (common.dry_run) {
    print_out(common.json ? json_text(llc_dry_run_json(stage))
                          : resolved_toml(stage.study, {"llc"}) + "\n" + llc_dry_run_lines(stage) +
                                dry_run_end);
    return exit_status(ExitCode::done);
  }
  if (const auto status = status_if_complete(stage.study, common.output, common.checkpoint,
                                             identity_of(stage), common.json, common.quiet))
    return *status;
  const LlcOutcome outcome = run_llc_stage(stage,
                                           {.path = common.output,
                                            .command = common.command,
                                            .quiet = common.quiet,
                                            .checkpoint = common.checkpoint},
                                           signals.control());
  if (common.json) {
    print_out(json_text(llc_json(stage, outcome, common.output)));
  } else if (!common.quiet) {
    print_out(llc_table(stage, outcome, common.output));
  }
  return llc_exit_status(stage, outcome);
}

}  // namespace kgon
