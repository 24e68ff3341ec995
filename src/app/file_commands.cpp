#include "app/file_commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/common_options.hpp"
#include "app/exit_code.hpp"
#include "app/guard.hpp"
#include "app/json_output.hpp"
#include "app/output_path.hpp"
#include "app/stage.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "io/digest.hpp"
#include "io/failed_members.hpp"
#include "io/merge.hpp"
#include "io/result_identity.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// The study that a result says it is of; one with every key at its default where this kgon cannot
// read it.
Study study_of(const std::string& result) {
  const auto identity = read_result_identity(result);
  return stored_study(identity ? identity->study_text : "").value_or(parse_study("", "", {}));
}

}  // namespace

void setup_digest(CLI::App& app, std::function<int()>& action) {
  const auto options = std::make_shared<DigestOptions>();
  CLI::App* command = app.add_subcommand(
      "digest",
      "print the hash of the arrays in a result: equal results have equal digests; groups marked "
      "derived, whose values follow from the study and the other groups, do not enter");
  command->add_option("FILE", options->file, "result file; open trusted files only")->required();
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->callback([options, &action] { action = [options] { return run_digest(*options); }; });
}

void setup_merge(CLI::App& app, std::function<int()>& action) {
  const auto options = std::make_shared<MergeOptions>();
  CLI::App* command = app.add_subcommand("merge", "join the shards of one study into one result");
  command->add_option("FILE", options->inputs, "the shards, in any order; trusted files only")
      ->required();
  command->add_option("-o,--output", options->output, "the merged result file");
  command->add_flag("--overwrite", options->overwrite, overwrite_help);
  command->add_flag("--json", options->json, "one JSON document on stdout");
  command->add_flag("--quiet", options->quiet, "print nothing but errors and --json");
  command->callback([options, &action] { action = [options] { return run_merge(*options); }; });
}

int run_digest(const DigestOptions& options) {
  const std::string digest = foreign_digest(options.file);
  if (options.json) {
    nlohmann::ordered_json json = {{"file", options.file}, {"digest", digest}};
    print_out(json_text(json));
  } else {
    print_out(digest + "\n");
  }
  return exit_status(ExitCode::done);
}

int run_merge(const MergeOptions& options) {
  if (options.output.empty())
    throw UsageError("-o FILE.nc is missing: where should the result go?");
  check_output_file(options.output, options.inputs);
  check_replacement(options.output, options.overwrite, [&](const ResultIdentity& earlier) {
    // Whether the shards fit together is for the merge to say.
    auto whole = read_result_identity(options.inputs.front());
    if (!whole) return false;
    whole->members = {0, whole->total};
    return earlier.is_same_result(*whole);
  });
  StopOnSignal signals;
  merge_results(options.inputs, options.output, [&] {
    if (signals.control().stop)
      throw Stopped(fmt::format("stopped by a signal; {} was not written", options.output));
  });
  const std::string digest = result_digest(options.output);
  const FailedMembers found = count_failed_members(options.output);
  if (options.json) {
    nlohmann::ordered_json json = {{"file", options.output},
                                   {"inputs", options.inputs},
                                   {"failed", found.failed},
                                   {"digest", digest}};
    print_out(json_text(json));
  } else if (!options.quiet) {
    std::string failures;
    if (found.failed > 0)
      failures = fmt::format("{} of {} {} failed\n", found.failed, found.members, found.what);
    print_out(fmt::format("{}result {}\ndigest {}\n", failures, options.output, digest));
  }
  return failures_status(study_of(options.output), found.failed, found.members, found.what);
}

}  // namespace kgon
