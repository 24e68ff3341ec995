// The progress line: fraction, rate and time left, on a terminal only.
#pragma once

#include <optional>
#include <string>

#include "app/watcher_thread.hpp"
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

 private:
  void rewrite(WatcherThread& thread) const;

  const RunControl& control_;
  const double total_;
  const ProgressUnit unit_;
  std::optional<WatcherThread> thread_;  // last: it uses everything above
};

}  // namespace kgon
