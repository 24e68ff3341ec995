#include "app/run_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "app/exit_code.hpp"
#include "app/json_output.hpp"
#include "app/llc_command.hpp"
#include "app/llc_report.hpp"
#include "app/output_path.hpp"
#include "app/run_files.hpp"
#include "app/sample_command.hpp"
#include "app/sample_report.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "app/train_command.hpp"
#include "app/train_report.hpp"
#include "io/keys.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// "; that of [llc] is --llc-samples" where a table that the study has knows the key too.
std::string flag_of_other_table(const Study& study, std::string_view key) {
  for (const std::string& table : known_tables())
    if (study.has(table) && find_key(table, key) != nullptr)
      return fmt::format("; that of [{}] is --{}-{}", table, table, key);
  return "";
}

// The study, which has a stage, and no flag for a stage that it has not.
Study read_stages(const StageOptions& options) {
  Study study = read_study(options.study, options.keys.given());
  if (tables_of(study).empty())
    throw UsageError(fmt::format("{}: has no stage to run; add a table [train], [llc] or [sample]",
                                 options.study));
  for (const std::string& table : known_tables()) {
    const FlagValue* flag = options.keys.first_given(table);
    if (flag != nullptr && !study.has(table))
      throw UsageError(fmt::format("{}: {} has no table [{}]{}", flag->name, options.study, table,
                                   flag_of_other_table(study, flag->key->name)));
  }
  return study;
}

// The stages of a study, prepared as far as they can be before the first one runs.
struct Stages {
  std::optional<TrainStage> train;
  std::optional<LlcStage> llc;
  bool llc_waits_for_train = false;  // its points are records of the train stage
  std::optional<SampleStage> sample;
};

void add_llc(const Study& study, Shard shard, bool is_dry_run, Stages& stages) {
  const std::vector<Value>& at = study.at("llc.at").values;
  stages.llc_waits_for_train = std::ranges::find(at, Value("train")) != at.end();
  if (stages.llc_waits_for_train && shard.count > 1)
    throw UsageError(
        "--shard: with at = train run kgon train in shards, merge them, and then run kgon llc");
  const TrainSource source{"", stages.train ? &stages.train->expanded.plan : nullptr, is_dry_run};
  stages.llc = prepare_llc(study, shard, LlcPurpose::estimate, source);
}

Stages prepare_stages(const Study& study, Shard shard, bool is_dry_run) {
  Stages stages;
  if (study.has("train")) stages.train = prepare_train(study, shard);
  if (study.has("llc")) add_llc(study, shard, is_dry_run, stages);
  if (study.has("sample")) stages.sample = prepare_sample(study, shard);
  return stages;
}

NewRun new_run(const StageOptions& options, const Study& study, const Stages& stages) {
  NewRun run{study, options.study, options.output};
  run.overwrite = options.overwrite;
  if (stages.train) run.train = identity_of(*stages.train);
  if (stages.llc && !stages.llc_waits_for_train) run.llc = identity_of(*stages.llc);
  if (stages.sample) run.sample = identity_of(*stages.sample);
  return run;
}

int print_dry_run(const StageOptions& options, const Study& study, const Stages& stages) {
  tell_shard(options);
  if (stages.train) tell_notes(*stages.train, options.quiet);
  if (stages.llc) tell_notes(*stages.llc, options.quiet);
  if (stages.sample) tell_notes(*stages.sample, options.quiet);
  nlohmann::ordered_json json;
  std::string text = resolved_toml(study, tables_of(study)) + "\n";
  if (stages.train) {
    json["train"] = dry_run_json(*stages.train);
    text += "# stage          train\n" + dry_run_lines(*stages.train);
  }
  if (stages.llc) {
    json["llc"] = llc_dry_run_json(*stages.llc);
    text += "# stage          llc\n" + llc_dry_run_lines(*stages.llc);
  }
  if (stages.sample) {
    json["sample"] = sample_dry_run_json(*stages.sample);
    text += "# stage          sample\n" + sample_dry_run_lines(*stages.sample);
  }
  print_out(options.json ? json_text(json) : text + dry_run_end);
  return exit_status(ExitCode::done);
}

// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+,:=@%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (std::ranges::all_of(text, is_plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

// Every stage has been run to its end: the summary comes last.
bool is_complete(const Study& study, const RunFiles& files) {
  const auto is_whole = [](const std::string& result) {
    return std::filesystem::exists(result) && !has_checkpoint(result);
  };
  return std::filesystem::exists(files.summary) &&
         std::ranges::all_of(files.results_of(study), is_whole);
}

// What the run to the end exited with.
int complete_status(const Study& study, const RunFiles& files) {
  int status = exit_status(ExitCode::done);
  for (const std::string& result : files.results_of(study)) {
    const int own = status_of_complete(study, result);
    if (own != exit_status(ExitCode::done)) status = own;
  }
  return status;
}

void tell_complete(const StageOptions& options, const RunFiles& files) {
  if (options.json) {
    std::ostringstream summary;
    summary << std::ifstream(files.summary).rdbuf();
    print_out(summary.str());
  } else if (!options.quiet) {
    print_out(fmt::format("{} is complete, nothing was left to do\n", options.output));
  }
}

// What makes figures of a run.
std::string report_command(const std::string& directory) {
  const std::string report = std::filesystem::path(directory) / "report.html";
  return fmt::format("tools/report {} -o {}", shell_word(directory), shell_word(report));
}

// Runs stages and keeps what they say.
struct Runner {
  const StageOptions& options;
  RunControl& control;
  std::function<void()> before_publishing;
  // The result whose checkpoint is not needed once it is there: those before it go with the
  // summary, so that a run that is stopped in a later stage has what the summary says of them.
  std::string last;
  nlohmann::ordered_json summary = {};
  std::string text = {};
  int status = exit_status(ExitCode::done);

  StageOutput output(const std::string& path) const {
    return {path,         options.command,  options.quiet, options.checkpoint,
            path == last, before_publishing};
  }

  void train(const TrainStage& stage, const std::string& path) {
    tell_notes(stage, options.quiet);
    const TrainOutcome outcome = run_train_stage(stage, output(path), control);
    summary["train"] = train_json(stage, outcome, path);
    text += train_table(stage, outcome, path);
    status = std::max(status, train_exit_status(stage, outcome));
  }

  void llc(const LlcStage& stage, const std::string& path) {
    tell_notes(stage, options.quiet);
    const LlcOutcome outcome = run_llc_stage(stage, output(path), control);
    summary["llc"] = llc_json(stage, outcome, path);
    text += (text.empty() ? "" : "\n") + llc_table(stage, outcome, path);
    status = std::max(status, llc_exit_status(stage, outcome));
  }

  void sample(const SampleStage& stage, const std::string& path) {
    tell_notes(stage, options.quiet);
    const SampleOutcome outcome = run_sample_stage(stage, output(path), control);
    summary["sample"] = sample_json(stage, outcome, path);
    text += (text.empty() ? "" : "\n") + sample_table(stage, outcome, path);
  }
};

}  // namespace

void setup_run(CLI::App& app, std::function<int()>& action, const std::string& command_line) {
  const auto options = std::make_shared<StageOptions>(known_tables());
  options->command = command_line;
  CLI::App* command =
      app.add_subcommand("run", "run every stage that a study has and print the summary");
  add_stage_options(
      *command, *options,
      {"the directory for results, made where it is missing",
       "every cell's trajectories, of the points and of every posterior's islands", true});
  command->footer(
      "Where several of [train], [llc] and [sample] have a key of the same name, --KEY is that of "
      "the first of them, and --llc-KEY and --sample-KEY are those of the others.");
  command->callback([options, &action] { action = [options] { return run_run(*options); }; });
}

int run_run(const StageOptions& options) {
  if (options.output.empty() && !options.dry_run)
    throw UsageError("-o DIR is missing: where should the results go?");
  StopOnSignal signals;
  const Study study = read_stages(options);
  Stages stages = prepare_stages(study, options.requested_shard(), options.dry_run);
  if (options.dry_run) return print_dry_run(options, study, stages);

  const RunFiles files = RunFiles::in(options.output);
  const std::string resolved = resolved_toml(study, tables_of(study));
  make_output_directory(options.output);
  check_run_files(new_run(options, study, stages), files);
  for (const std::string& result : files.results_of(study))
    check_checkpoint(result, options.checkpoint, options.overwrite);
  tell_shard(options);
  if (options.checkpoint.resume && is_complete(study, files)) {
    tell_complete(options, files);
    return complete_status(study, files);
  }

  // A summary that is there belongs to the files beside it, whenever the program was killed: the
  // one of an earlier run goes first, the new one comes last.
  Runner runner{options, signals.control(),
                [&] {
                  std::filesystem::remove(files.summary);
                  write_text_file(files.study, resolved);
                },
                files.results_of(study).back()};
  if (stages.train) runner.train(*stages.train, files.train);
  if (stages.llc_waits_for_train)
    stages.llc = prepare_llc(study, {}, LlcPurpose::estimate, {files.train});
  if (stages.llc) runner.llc(*stages.llc, files.llc);
  if (stages.sample) runner.sample(*stages.sample, files.sample);
  write_text_file(files.summary, json_text(runner.summary));
  for (const std::string& result : files.results_of(study)) remove_checkpoint(result);
  if (options.json) {
    print_out(json_text(runner.summary));
  } else if (!options.quiet) {
    print_out(fmt::format("{}study   {}\nsummary {}\nreport  {}\n", runner.text, files.study,
                          files.summary, report_command(options.output)));
  }
  return runner.status;
}

}  // namespace kgon
