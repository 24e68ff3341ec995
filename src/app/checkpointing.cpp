#include "app/checkpointing.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/common_options.hpp"
#include "io/errors.hpp"
#include "io/short_text.hpp"
#include "io/usage_error.hpp"

namespace kgon {

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options) {
  command.add_flag("--resume", options.resume,
                   "go on where a stopped run of the same study was; begin where there was none");
  command
      .add_option("--checkpoint-every", options.every,
                  "keep what is done every so many seconds, and at a signal; 0: never, but for "
                  "a run that --resume goes on with")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command.add_flag(
      "--force-build", options.force_build,
      "with --resume: go on from another build of kgon too, whose last bits may differ");
  command
      .add_option("--watchdog", options.watchdog,
                  "end the program with code 70 where a GPU has made no progress for so many "
                  "seconds, with what is done in the checkpoint; 0: never")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
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

std::unique_ptr<Checkpoint> open_checkpoint(
    const std::string& output, const CheckpointIdentity& identity, const CheckpointOptions& options,
    std::function<void(const StoredBlock&, std::span<const std::byte>)> visit) {
  if (options.resume)
    return std::make_unique<Checkpoint>(
        output, identity,
        Checkpoint::Opening{options.force_build, std::move(visit),
                            [](const std::string& sentence) { tell(false, sentence); }});
  remove_checkpoint(output);
  if (options.every > 0) return std::make_unique<Checkpoint>(output, identity);
  return nullptr;
}

CheckpointOptions with_room(CheckpointOptions options, const std::string& output,
                            std::uint64_t bytes) {
  if (options.resume && has_checkpoint(output)) return options;
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::absolute(output).parent_path(), error);
  // File systems without a size, such as /proc, say for themselves what they cannot do.
  if (error || space.capacity == 0 || space.available >= bytes || options.every == 0)
    return options;
  tell(false, fmt::format("no checkpoint: with it {} may need {}, and the disk has {} left", output,
                          short_bytes(static_cast<double>(bytes)),
                          short_bytes(static_cast<double>(space.available))));
  options.every = 0;
  options.resume = false;
  return options;
}

void tell_resumed(const std::string& output, double seconds, bool quiet) {
  if (seconds > 0)
    tell(quiet, fmt::format("{} goes on after {:.1f} s of earlier work", output, seconds));
}

void for_each_state(const std::string& output, const CheckpointStates& states,
                    const std::function<void(const Bytes&)>& take) {
  for (const Bytes& bytes : states.states) {
    try {
      take(bytes);
    } catch (const DamagedBytes& error) {
      tell(false,
           fmt::format("{}.checkpoint: a state cannot be used: {}; what it is of begins again",
                       output, error.what()));
    }
  }
}

void write_or_warn(const std::function<void()>& write) {
  try {
    write();
  } catch (const IoError& error) {
    tell(false, fmt::format("no checkpoint: {}", error.what()));
  }
}

std::thread start_watcher(const std::function<void()>& body) {
  try {
    return std::thread(body);
  } catch (const std::system_error&) {
    return {};
  }
}

CheckpointClock::CheckpointClock(RunControl& control, double seconds, std::function<void()> write)
    : control_(control), seconds_(seconds), write_(std::move(write)) {
  if (seconds_ > 0) thread_ = start_watcher([this] { run(); });
}

CheckpointClock::~CheckpointClock() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// False where it is over.
bool CheckpointClock::waits(double seconds) {
  std::unique_lock lock(mutex_);
  return !end_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return ended_; });
}

void CheckpointClock::run() {
  // Most states come within milliseconds; a later one is in the next checkpoint.
  constexpr double longest_wait = 0.5;
  while (waits(seconds_)) {
    ++control_.state_requests;
    if (!waits(std::min(longest_wait, seconds_ / 4))) return;
    if (!control_.stop) write_or_warn(write_);
  }
}

}  // namespace kgon
