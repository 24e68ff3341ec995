#include "app/watchdog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>
#include <utility>

#include "app/checkpointing.hpp"
#include "app/exit_code.hpp"
#include "io/checkpoint.hpp"

namespace kgon {

Watchdog::Watchdog(const RunControl& control, double seconds, std::function<void()> bark)
    : control_(control), seconds_(seconds), bark_(std::move(bark)) {
  if (seconds_ > 0) thread_.emplace([this](WatcherThread& thread) { watch(thread); });
}

void Watchdog::watch(WatcherThread& thread) const {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  const auto progress = [this] {
    return std::array<std::uint64_t, 2>{control_.member_steps, control_.device_returns};
  };
  auto seen = progress();
  auto since = Clock::now();
  const double pause = std::min(1.0, seconds_ / 8);
  while (thread.waits(pause)) {
    const auto now = progress();
    const bool is_waiting = control_.device_waits != control_.device_returns;
    if (now != seen || !is_waiting) {
      seen = now;
      since = Clock::now();
    } else if (Clock::now() - since >= Seconds(seconds_)) {
      bark_();
      return;
    }
  }
}

namespace {

// A thread that waits for the device may hold what the write needs: then it does not end either.
void write_within(const std::function<void()>& write, double seconds) {
  std::packaged_task<void()> task([write] { write_or_warn(write); });
  const std::future<void> done = task.get_future();
  std::thread(std::move(task)).detach();
  done.wait_for(std::chrono::duration<double>(seconds));
}

}  // namespace

void end_hung_run(const HungRun& run) {
  if (run.write) write_within(run.write, run.longest_write);
  const std::string left =
      run.write && has_checkpoint(run.output)
          ? fmt::format("the checkpoint of {} is whole: the same command with --resume goes on",
                        run.output)
          : fmt::format("{} was not written", run.output);
  fmt::print(stderr, "kgon: no progress for {:g} s on {}; {}\n", run.seconds, run.device, left);
  std::fflush(nullptr);
  std::_Exit(exit_status(ExitCode::internal));
}

}  // namespace kgon
