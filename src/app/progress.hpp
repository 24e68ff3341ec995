// The progress line: fraction, rate and time left, on a terminal only.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "kgon/engine/backend.hpp"

namespace kgon {

// "12.1 M", "830"; three digits.
std::string short_number(double value);
// "41.2 s", "12:05" (minutes), "3:12:05" (hours).
std::string short_time(double seconds);
// "1.5 GiB".
std::string short_bytes(double bytes);

// One line, without its end.
std::string progress_text(double done, double total, double seconds);

// From construction to destruction a thread of its own rewrites the line on stderr. It does
// nothing where stderr is no terminal or `quiet` is set.
class Progress {
 public:
  Progress(const RunControl& control, double total_steps, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void watch();

  const RunControl& control_;
  const double total_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread watcher_;  // last: it uses everything above
};

}  // namespace kgon
