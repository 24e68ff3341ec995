#include "app/stop_signal.hpp"

#include <atomic>

namespace kgon {
namespace {

// All that a handler may touch: lock-free atomics.
std::atomic<RunControl*> watched{nullptr};
std::atomic<int> last_signal{0};
static_assert(std::atomic<RunControl*>::is_always_lock_free);
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

void handle(int signal) {
  last_signal.store(signal);
  if (RunControl* control = watched.load()) control->stop.store(true);
}

}  // namespace

StopOnSignal::StopOnSignal(RunControl& control) {
  last_signal.store(0);
  watched.store(&control);
  struct sigaction action = {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &old_interrupt_);
  sigaction(SIGTERM, &action, &old_terminate_);
}

StopOnSignal::~StopOnSignal() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
  watched.store(nullptr);
}

int StopOnSignal::received() const {
  return last_signal.load();
}

}  // namespace kgon
