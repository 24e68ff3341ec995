#include "app/stop_signal.hpp"

#include <unistd.h>

#include <atomic>

namespace kgon {
namespace {

// All that a handler may touch: lock-free atomics.
std::atomic<RunControl*> watched{nullptr};
std::atomic<bool> has_come{false};
static_assert(std::atomic<RunControl*>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

void handle(int signal) {
  if (has_come.exchange(true)) {
    // The kernel keeps what would end process 1 of a container from it.
    if (::getpid() == 1) ::_exit(128 + signal);
    // Blocked while this runs, delivered as soon as it returns.
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  } else if (RunControl* control = watched.load()) {
    control->stop.store(true);
  }
}

}  // namespace

StopOnSignal::StopOnSignal() {
  has_come.store(false);
  watched.store(&control_);
  struct sigaction action = {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &old_[i]);
    // nohup ignores SIGHUP for us, and means it.
    if (signals[i] == SIGHUP && old_[i].sa_handler == SIG_IGN) continue;
    sigaction(signals[i], &action, nullptr);
  }
}

StopOnSignal::~StopOnSignal() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &old_[i], nullptr);
  watched.store(nullptr);
}

}  // namespace kgon
