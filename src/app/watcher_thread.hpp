// A thread that looks after a run.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace kgon {

// From construction to destruction. Where the system has no more threads there is none: no run is
// another without its watcher.
class WatcherThread {
 public:
  // body: called once, in the thread.
  explicit WatcherThread(std::function<void(WatcherThread&)> body);
  // Waits for the body, whose waits end.
  ~WatcherThread();
  WatcherThread(const WatcherThread&) = delete;
  WatcherThread& operator=(const WatcherThread&) = delete;

  // For the body: true after so many seconds, false as soon as it is to end.
  bool waits(double seconds);

 private:
  const std::function<void(WatcherThread&)> body_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace kgon
