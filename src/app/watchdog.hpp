// Ends a run whose device hangs: no CUDA call ever says so.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/watcher_thread.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// From construction to destruction a thread of its own calls `bark`, once, where somebody waits for
// a device and for so many seconds neither a step was done nor any such wait was over. What the
// host does without the device (sorting, writing, judging chains) may take any time. Does nothing
// with 0 seconds.
class Watchdog {
 public:
  Watchdog(const RunControl& control, double seconds, std::function<void()> bark);

 private:
  void watch(WatcherThread& thread) const;

  const RunControl& control_;
  const double seconds_;
  const std::function<void()> bark_;
  std::optional<WatcherThread> thread_;  // last: it uses everything above
};

// What is said and kept of a run that hangs.
struct HungRun {
  std::string output;
  std::string device;
  double seconds = 0;                // without progress
  double longest_write = 30;         // seconds that `write` may take
  std::function<void()> write = {};  // the checkpoint, with what there is
};

// Writes the checkpoint, says so on stderr and ends the process with the code of a failed device:
// a thread that waits for the device cannot be ended by itself.
[[noreturn]] void end_hung_run(const HungRun& run);

}  // namespace kgon
