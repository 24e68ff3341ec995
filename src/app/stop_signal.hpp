// SIGINT, SIGTERM and SIGHUP ask a command to stop.
#pragma once

#include <array>
#include <csignal>

#include "kgon/engine/backend.hpp"

namespace kgon {

// While one lives (one at a time), the first of these signals sets `control().stop`; the second,
// whichever it is, ends the program at once. What has nothing left to compute finishes its files
// and does not look at `stop` any more.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  RunControl& control() { return control_; }

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};

  RunControl control_;
  std::array<struct sigaction, signals.size()> old_{};
};

}  // namespace kgon
