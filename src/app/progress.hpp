// The progress line: fraction, rate and time left, on a terminal only.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "io/short_text.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// What the rate counts, in the plural, and how many of RunControl::member_steps one is.
struct ProgressUnit {
  const char* name = "steps";
  double steps = 1;
};

// One line, without its end.
std::string progress_text(double done, double total, double seconds, const ProgressUnit& unit = {});

// From construction to destruction a thread of its own rewrites the line on stderr. It does
// nothing where stderr is no terminal or `quiet` is set.
class Progress {
 public:
  Progress(const RunControl& control, double total_steps, bool quiet, ProgressUnit unit = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void watch();

  const RunControl& control_;
  const double total_;
  const ProgressUnit unit_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread watcher_;  // last: it uses everything above
};

}  // namespace kgon
