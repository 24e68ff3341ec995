#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace kgon {
namespace {

constexpr double interval = 0.25;  // seconds

}  // namespace

std::string progress_text(double done, double total, double seconds, const ProgressUnit& unit) {
  const double fraction = total > 0 ? std::min(done / total, 1.0) : 1.0;
  const double rate = seconds > 0 ? done / seconds : 0;
  const double shown = unit.steps > 1 ? rate / unit.steps : std::round(rate);
  std::string text =
      fmt::format("{:5.1f} %  {} {}/s", 100 * fraction, short_number(shown), unit.name);
  if (rate > 0) text += fmt::format("  {} left", short_time((total - done) / rate));
  return text;
}

Progress::Progress(const RunControl& control, double total_steps, bool quiet, ProgressUnit unit)
    : control_(control), total_(total_steps), unit_(unit) {
  if (!quiet && isatty(STDERR_FILENO) == 1)
    thread_.emplace([this](WatcherThread& thread) { rewrite(thread); });
}

void Progress::rewrite(WatcherThread& thread) const {
  const auto start = std::chrono::steady_clock::now();
  while (thread.waits(interval)) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    const auto done = static_cast<double>(control_.member_steps.load(std::memory_order_relaxed));
    std::fprintf(stderr, "\r\x1b[K%s", progress_text(done, total_, elapsed.count(), unit_).c_str());
    std::fflush(stderr);
  }
  std::fputs("\r\x1b[K", stderr);
}

}  // namespace kgon
