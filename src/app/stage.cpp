#include "app/stage.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "app/exit_code.hpp"
#include "app/guard.hpp"
#include "app/json_output.hpp"
#include "app/program_build.hpp"
#include "app/standard_output.hpp"
#include "io/digest.hpp"
#include "io/failed_members.hpp"
#include "io/part_file.hpp"
#include "io/usage_error.hpp"

namespace kgon {

std::unique_ptr<Backend> open_backend(const Study& study, std::string& note) {
  BackendRequest request;
  request.device = study.text("device");
  request.threads = static_cast<unsigned>(study.integer("threads"));
  if (study.text("instructions") != "auto") request.instructions = study.text("instructions");
  try {
    return make_backend(request, &note);
  } catch (const std::invalid_argument& error) {
    // The form of both keys is checked: what is left is a device named twice, or an instruction
    // set that this machine has not.
    const bool is_cuda = study.text("device").starts_with("cuda");
    const Setting& setting = study.at(is_cuda ? "device" : "instructions");
    throw UsageError(fmt::format("{}: {}", setting.origin, error.what()));
  }
}

ResultMetadata stage_metadata(const Study& study, const std::string& table,
                              const std::string& study_hash, const std::string& device,
                              const std::string& command) {
  ResultMetadata metadata;
  metadata.study = resolved_toml(study, {table});
  metadata.study_hash = study_hash;
  metadata.version = KGON_VERSION;
  metadata.device = device;
  metadata.command = command;
  metadata.seed = static_cast<std::uint64_t>(study.integer("seed"));
  return metadata;
}

CheckpointIdentity checkpoint_identity(const Study& study, const ResultIdentity& result) {
  return {result.stage, result.study_hash, static_cast<std::uint64_t>(study.integer("seed")),
          result.members, program_build()};
}

StageWatch::StageWatch(RunControl& control, StageCheckpoint& checkpoint, const StageOutput& output,
                       const std::string& device, const Stopwatch& watch)
    : clock_(control, checkpoint.is_kept() ? output.checkpoint.every : 0,
             [&checkpoint, &watch] { checkpoint.write(watch.seconds()); }),
      watchdog_(control, output.checkpoint.watchdog, [&checkpoint, &output, device, &watch] {
        HungRun run{output.path, device, output.checkpoint.watchdog};
        if (checkpoint.is_kept()) run.write = [&] { checkpoint.write(watch.seconds()); };
        end_hung_run(run);
      }) {}

void end_stopped_stage(StageCheckpoint& checkpoint, const StageOutput& output,
                       const Stopwatch& watch) {
  checkpoint.write(watch.seconds());
  throw Stopped(checkpoint.is_kept()
                    ? fmt::format("stopped by a signal; {} is not written yet: the same command "
                                  "with --resume goes on from here",
                                  output.path)
                    : fmt::format("stopped by a signal; {} was not written", output.path));
}

void before_naming(StageCheckpoint& checkpoint, const StageOutput& output, const Stopwatch& watch) {
  output.before_publishing();
  if (!output.removes_checkpoint) write_or_warn([&] { checkpoint.write(watch.seconds()); });
}

std::optional<int> status_if_complete(const Study& study, const std::string& output,
                                      const CheckpointOptions& options,
                                      const ResultIdentity& result, bool json, bool quiet) {
  if (!options.resume || has_checkpoint(output)) return std::nullopt;
  const auto earlier = read_result_identity(output);
  if (!earlier || !earlier->is_same_result(result)) return std::nullopt;
  const std::string digest = foreign_digest(output);
  if (json) {
    print_out(json_text({{"result", output}, {"complete", true}, {"digest", digest}}));
  } else if (!quiet) {
    print_out(fmt::format("{} is complete, nothing was left to do\ndigest {}\n", output, digest));
  }
  return status_of_complete(study, output);
}

int failures_status(const Study& study, std::uint64_t failed, std::uint64_t members,
                    const std::string& what) {
  const double limit = study.real("max-failed") * static_cast<double>(members);
  if (static_cast<double>(failed) <= limit) return exit_status(ExitCode::done);
  fmt::print(stderr, "kgon: {} of {} {} failed, more than max-failed = {} allows\n", failed,
             members, what, study.real("max-failed"));
  return exit_status(ExitCode::members_failed);
}

int status_of_complete(const Study& study, const std::string& result) {
  remove_left_lock(result);
  const FailedMembers found = count_failed_members(result);
  return failures_status(study, found.failed, found.members, found.what);
}

}  // namespace kgon
