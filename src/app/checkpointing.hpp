// Checkpoints while a stage runs: their flags, and the thread that has them written.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "io/checkpoint.hpp"
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

// The checkpoint of a stage, opened where it is resumed, else a new one in the place of what is
// there; null where there is to be none. Sentences on damaged files go to stderr. Throws as
// Checkpoint's constructor does.
std::unique_ptr<Checkpoint> open_checkpoint(
    const std::string& output, const CheckpointIdentity& identity, const CheckpointOptions& options,
    std::function<void(const StoredBlock&, std::span<const std::byte>)> visit);

// The options without checkpoints, and a sentence on stderr, where the disk of `output` has less
// than `bytes` left for it and them; those of a run that is resumed are there already.
CheckpointOptions with_room(CheckpointOptions options, const std::string& output,
                            std::uint64_t bytes);

// Says on stderr that a run goes on where earlier ones have worked for so many seconds; nothing
// where there were none.
void tell_resumed(const std::string& output, double seconds, bool quiet);

// Calls take(bytes) for every state. One that it cannot read (DamagedBytes) is left out, with a
// sentence on stderr: what it is of begins again.
void for_each_state(const std::string& output, const CheckpointStates& states,
                    const std::function<void(const Bytes&)>& take);

// Runs `write` with IoError turned into a sentence on stderr: a run that cannot keep its checkpoint
// is still worth its result.
void write_or_warn(const std::function<void()>& write);

// A thread that looks after a run; none where the system has no more of them, which makes no run
// another.
std::thread start_watcher(const std::function<void()>& body);

// From construction to destruction a thread of its own asks for states every so many seconds and
// has them written as soon as they have come. Does nothing with 0 seconds.
class CheckpointClock {
 public:
  CheckpointClock(RunControl& control, double seconds, std::function<void()> write);
  ~CheckpointClock();
  CheckpointClock(const CheckpointClock&) = delete;
  CheckpointClock& operator=(const CheckpointClock&) = delete;

 private:
  void run();
  bool waits(double seconds);

  RunControl& control_;
  const double seconds_;
  const std::function<void()> write_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace kgon
