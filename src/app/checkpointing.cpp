#include "app/checkpointing.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "app/common_options.hpp"
#include "io/checkpoint.hpp"
#include "io/errors.hpp"
#include "io/part_file.hpp"
#include "io/short_text.hpp"
#include "io/usage_error.hpp"

namespace kgon {

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options) {
  const auto add_seconds = [&](const char* flag, double& seconds, const char* meaning) {
    command.add_option(flag, seconds, meaning)
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
  };
  command.add_flag("--resume", options.resume,
                   "go on where a stopped run of the same study was; begin where there was none");
  add_seconds("--checkpoint-every", options.every,
              "keep what is done every so many seconds, and at a signal; 0: never, but for "
              "a run that --resume goes on with");
  command.add_flag(
      "--force-build", options.force_build,
      "with --resume: go on from another build of kgon too, whose last bits may differ");
  add_seconds("--watchdog", options.watchdog,
              "end the program with code 70 where a GPU has made no progress for so many "
              "seconds, with what is done in the checkpoint; 0: never");
}

void check_checkpoint(const std::string& output, const CheckpointOptions& options, bool overwrite) {
  if (options.force_build && !options.resume)
    throw UsageError("--force-build: says how to go on and needs --resume");
  if (options.resume && overwrite)
    throw UsageError("--resume: goes on with a run that --overwrite would begin again; give one");
  if (options.resume || overwrite || output.empty() || !has_checkpoint(output)) return;
  throw UsageError(
      fmt::format("-o {}: a stopped run has left {}.blocks or {}.checkpoint; give --resume to go "
                  "on with it, or --overwrite to begin again",
                  output, output, output));
}

CheckpointOptions with_room(CheckpointOptions options, const std::string& output,
                            std::uint64_t bytes) {
  if (options.resume && has_checkpoint(output)) return options;
  const auto room = room_beside(output);
  if (!room || *room >= bytes || options.every == 0) return options;
  tell(false, fmt::format("no checkpoint: with it {} may need {}, and the disk has {} left", output,
                          short_bytes(static_cast<double>(bytes)),
                          short_bytes(static_cast<double>(*room))));
  options.every = 0;
  options.resume = false;
  return options;
}

void tell_resumed(const std::string& output, double seconds, bool quiet) {
  if (seconds > 0)
    tell(quiet, fmt::format("{} goes on after {:.1f} s of earlier work", output, seconds));
}

void write_or_warn(const std::function<void()>& write) {
  try {
    write();
  } catch (const IoError& error) {
    tell(false, fmt::format("no checkpoint: {}", error.what()));
  }
}

CheckpointClock::CheckpointClock(RunControl& control, double seconds, std::function<void()> write)
    : control_(control), seconds_(seconds), write_(std::move(write)) {
  if (seconds_ > 0) thread_.emplace([this](WatcherThread& thread) { run(thread); });
}

void CheckpointClock::run(WatcherThread& thread) const {
  // Most states come within milliseconds; a later one is in the next checkpoint.
  constexpr double longest_wait = 0.5;
  while (thread.waits(seconds_)) {
    ++control_.state_requests;
    if (!thread.waits(std::min(longest_wait, seconds_ / 4))) return;
    if (!control_.stop) write_or_warn(write_);
  }
}

}  // namespace kgon
