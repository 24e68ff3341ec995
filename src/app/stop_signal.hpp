// SIGINT and SIGTERM ask a running stage to stop.
#pragma once

#include <csignal>

#include "kgon/engine/backend.hpp"

namespace kgon {

// While one lives (one at a time), the first SIGINT or SIGTERM sets `control.stop`; a second one
// ends the program at once. `control` must live longer.
class StopOnSignal {
 public:
  explicit StopOnSignal(RunControl& control);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  // The signal that came, 0 for none.
  int received() const;

 private:
  struct sigaction old_interrupt_ = {};
  struct sigaction old_terminate_ = {};
};

}  // namespace kgon
