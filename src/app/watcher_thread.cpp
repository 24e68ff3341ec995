#include "app/watcher_thread.hpp"

#include <chrono>
#include <system_error>
#include <utility>

namespace kgon {

WatcherThread::WatcherThread(std::function<void(WatcherThread&)> body) : body_(std::move(body)) {
  try {
    thread_ = std::thread([this] { body_(*this); });
  } catch (const std::system_error&) {
    // As the class says: none.
  }
}

WatcherThread::~WatcherThread() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool WatcherThread::waits(double seconds) {
  std::unique_lock lock(mutex_);
  return !end_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return ended_; });
}

}  // namespace kgon
