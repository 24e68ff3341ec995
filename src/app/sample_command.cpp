#include "app/sample_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/exit_code.hpp"
#include "app/json_output.hpp"
#include "app/output_path.hpp"
#include "app/sample_report.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "io/usage_error.hpp"

namespace kgon {

void tell_notes(const SampleStage& stage, bool quiet) {
  for (const std::string& note : stage.expanded.notes) tell(quiet, note);
  if (stage.expanded.duplicates > 0)
    tell(quiet, fmt::format("{} of the sweep's posteriors left out: equal to another in every key "
                            "that applies",
                            stage.expanded.duplicates));
}

void setup_sample(CLI::App& app, std::function<int()>& action, const std::string& command_line) {
  const auto options = std::make_shared<StageOptions>(std::vector<std::string>{"sample"});
  options->command = command_line;
  CLI::App* command = app.add_subcommand(
      "sample", "sample posteriors: evidences, probabilities and free energies of phases");
  add_stage_options(*command, *options, {"the result file, FILE.nc", "every posterior's islands"});
  command->callback([options, &action] { action = [options] { return run_sample(*options); }; });
}

int run_sample(const StageOptions& options) {
  if (options.output.empty() && !options.dry_run)
    throw UsageError("-o FILE.nc is missing: where should the result go?");
  StopOnSignal signals;
  const SampleStage stage =
      prepare_sample(read_stage_study(options, "sample"), options.requested_shard());
  std::vector<std::string> inputs;
  if (!options.study.empty()) inputs.push_back(options.study);
  if (!options.output.empty()) check_output_file(options.output, inputs);
  check_replacement(options.output, options.overwrite, identity_of(stage));
  check_checkpoint(options.output, options.checkpoint, options.overwrite);
  tell_shard(options);
  tell_notes(stage, options.quiet);
  if (options.dry_run) {
    print_out(options.json ? json_text(sample_dry_run_json(stage))
                           : resolved_toml(stage.study, {"sample"}) + "\n" +
                                 sample_dry_run_lines(stage) + dry_run_end);
    return exit_status(ExitCode::done);
  }
  if (const auto status = status_if_complete(stage.study, options.output, options.checkpoint,
                                             identity_of(stage), options.json, options.quiet))
    return *status;
  const SampleOutcome outcome = run_sample_stage(stage,
                                                 {.path = options.output,
                                                  .command = options.command,
                                                  .quiet = options.quiet,
                                                  .checkpoint = options.checkpoint},
                                                 signals.control());
  if (options.json) {
    print_out(json_text(sample_json(stage, outcome, options.output)));
  } else if (!options.quiet) {
    print_out(sample_table(stage, outcome, options.output));
  }
  return exit_status(ExitCode::done);
}

}  // namespace kgon
