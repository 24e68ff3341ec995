// Keeps the host from running far ahead of a device.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "kgon/engine/backend.hpp"

namespace kgon::batches {

// Marks that a queue of launches holds at a time.
inline constexpr unsigned queue_marks = 4;

// Waits for the launches on a queue without letting it run far ahead: the watcher of a run sees its
// progress, and a stop takes effect soon. Queue: mark(k) notes the place of mark k < queue_marks
// behind all launches so far, wait(k) waits until the device has come to it, synchronize() waits
// for everything.
template <class Queue>
class LaunchPace {
 public:
  // A mark follows every `steps_per_mark` member-steps, and every few stops however short they are.
  LaunchPace(Queue& queue, std::uint64_t steps_per_mark, RunControl& control)
      : queue_(queue), steps_per_mark_(steps_per_mark), control_(control) {}

  // After the launches up to one stop, which take `member_steps`.
  void after_stop(std::uint64_t member_steps) {
    pending_ += member_steps;
    if (++stops_ < stops_per_mark && pending_ < steps_per_mark_) return;
    const unsigned k = next_;
    next_ = (next_ + 1) % queue_marks;
    wait(k);
    queue_.mark(k);
    marks_[k] = {std::exchange(pending_, 0), true};
    stops_ = 0;
  }

  void finish() {
    for (unsigned k = 0; k < queue_marks; ++k) wait((next_ + k) % queue_marks);
    {
      const DeviceWait waits(control_);
      queue_.synchronize();
    }
    control_.member_steps += std::exchange(pending_, 0);
  }

 private:
  struct Mark {
    std::uint64_t member_steps = 0;
    bool used = false;
  };

  void wait(unsigned k) {
    if (!marks_[k].used) return;
    {
      const DeviceWait waits(control_);
      queue_.wait(k);
    }
    control_.member_steps += marks_[k].member_steps;
    marks_[k].used = false;
  }

  static constexpr unsigned stops_per_mark = 8;
  Queue& queue_;
  const std::uint64_t steps_per_mark_;
  RunControl& control_;
  std::array<Mark, queue_marks> marks_;
  unsigned next_ = 0, stops_ = 0;
  std::uint64_t pending_ = 0;
};

}  // namespace kgon::batches
