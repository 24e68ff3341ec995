#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace kgon {
namespace {

constexpr std::chrono::milliseconds interval{250};

std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

}  // namespace

std::string short_number(double value) {
  constexpr const char* prefixes[] = {"", " k", " M", " G", " T", " P"};
  int prefix = 0;
  while (value >= 999.5 && prefix < 5) {
    value /= 1000;
    ++prefix;
  }
  if (prefix == 0 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return three_digits(value) + prefixes[prefix];
}

std::string short_bytes(double bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  int unit = 0;
  while (bytes >= 999.5 && unit < 5) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", unit == 0 ? fmt::format("{:.0f}", bytes) : three_digits(bytes),
                     units[unit]);
}

std::string short_time(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.1f} s", seconds);
  if (seconds > 1e9) return "ages";
  const auto whole = static_cast<long>(std::lround(seconds));
  const long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours == 0) return fmt::format("{}:{:02} min", minutes, rest);
  return fmt::format("{}:{:02}:{:02} h", hours, minutes, rest);
}

std::string progress_text(double done, double total, double seconds) {
  const double fraction = total > 0 ? std::min(done / total, 1.0) : 1.0;
  const double rate = seconds > 0 ? done / seconds : 0;
  std::string text =
      fmt::format("{:5.1f} %  {} steps/s", 100 * fraction, short_number(std::round(rate)));
  if (rate > 0) text += fmt::format("  {} left", short_time((total - done) / rate));
  return text;
}

Progress::Progress(const RunControl& control, double total_steps, bool quiet)
    : control_(control), total_(total_steps) {
  if (!quiet && isatty(STDERR_FILENO) == 1) watcher_ = std::thread([this] { watch(); });
}

Progress::~Progress() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_.notify_one();
  watcher_.join();
}

void Progress::watch() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!end_.wait_for(lock, interval, [this] { return ended_; })) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    const auto done = static_cast<double>(control_.member_steps.load(std::memory_order_relaxed));
    std::fprintf(stderr, "\r\x1b[K%s", progress_text(done, total_, elapsed.count()).c_str());
    std::fflush(stderr);
  }
  std::fputs("\r\x1b[K", stderr);
}

}  // namespace kgon
