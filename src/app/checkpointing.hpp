// Checkpoints while a stage runs: their flags, and the thread that has them written.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "app/watcher_thread.hpp"
#include "kgon/engine/backend.hpp"

namespace CLI {
class App;
}

namespace kgon {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct CheckpointOptions {
  bool resume = false;       // go on from what is there
  bool force_build = false;  // of another build, too
  double every = 60;         // seconds between two checkpoints; 0: none, unless it is resumed
  double watchdog = 600;     // seconds that a device may make no progress; 0: for ever
};

// --resume, --checkpoint-every, --force-build, --watchdog.
void add_checkpoint_options(CLI::App& command, CheckpointOptions& options);

// UsageError where a stopped run has left a checkpoint beside `output` and is neither gone on with
// nor to be overwritten.
void check_checkpoint(const std::string& output, const CheckpointOptions& options, bool overwrite);

// The options without checkpoints, and a sentence on stderr, where the disk of `output` has less
// than `bytes` left for it and them; those of a run that is resumed are there already.
CheckpointOptions with_room(CheckpointOptions options, const std::string& output,
                            std::uint64_t bytes);

// Says on stderr that a run goes on where earlier ones have worked for so many seconds; nothing
// where there were none.
void tell_resumed(const std::string& output, double seconds, bool quiet);

// Runs `write` with IoError turned into a sentence on stderr: a run that cannot keep its checkpoint
// is still worth its result.
void write_or_warn(const std::function<void()>& write);

// From construction to destruction a thread of its own asks for states every so many seconds and
// has them written as soon as they have come. Does nothing with 0 seconds.
class CheckpointClock {
 public:
  CheckpointClock(RunControl& control, double seconds, std::function<void()> write);

 private:
  void run(WatcherThread& thread) const;

  RunControl& control_;
  const double seconds_;
  const std::function<void()> write_;
  std::optional<WatcherThread> thread_;  // last: it uses everything above
};

}  // namespace kgon
