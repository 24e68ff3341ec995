// How kgon ends.
#pragma once

namespace kgon {

enum class ExitCode : int {
  done = 0,
  wrong_use = 2,        // flags or study
  members_failed = 3,   // done, but more than --max-failed of the members failed
  unusable_input = 65,  // an input file is missing, damaged or foreign
  no_device = 69,
  internal = 70,  // a failed CUDA call, a full disk, a bug, or wrong results in bench
  stopped = 75,   // by SIGINT, SIGTERM or SIGHUP
};

constexpr int exit_status(ExitCode code) {
  return static_cast<int>(code);
}

}  // namespace kgon
