// Hands out the members of a plan to the batches of all devices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

#include "kgon/engine/backend.hpp"

namespace kgon::batches {

// Members first..first+count-1 of the flat order over the cells of a plan.
struct FlatRange {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
};

// Any thread. Hands out ranges in ascending order and keeps the first exception.
//
// The ranges are not equal. While many members are left, each takes a fixed part of them, so that
// every range is smaller than the one before: batches that start together do not end together, and
// the device has work while results of one travel. Towards the end the rest is cut evenly, so that
// no small range is left over for one device while the others idle.
class WorkQueue {
 public:
  // takers: batches that run at a time; smallest: as far as there are members for every taker.
  WorkQueue(std::uint64_t total, std::uint64_t takers, std::uint64_t smallest, RunControl& control)
      : total_(total),
        takers_(takers),
        smallest_(std::clamp(total / takers, std::uint64_t{1}, smallest)),
        control_(control) {}

  // The largest range there will be.
  std::uint64_t largest() const { return piece(total_); }

  bool is_over() {
    const std::lock_guard lock(mutex_);
    return control_.stop || taken_ == total_;
  }

  // Up to `most` members; false where there are none left, or after a stop.
  bool next(std::uint64_t most, FlatRange& range) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || taken_ == total_) return false;
    range = {taken_, static_cast<std::uint32_t>(std::min(most, piece(total_ - taken_)))};
    taken_ += range.count;
    return true;
  }

  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    control_.stop = true;
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::uint64_t piece(std::uint64_t left) const {
    const std::uint64_t pieces = std::clamp(left / smallest_, std::uint64_t{1}, 2 * takers_);
    return (left + pieces - 1) / pieces;
  }

  const std::uint64_t total_, takers_, smallest_;
  RunControl& control_;
  std::mutex mutex_;
  std::uint64_t taken_ = 0;
  std::exception_ptr error_;
};

}  // namespace kgon::batches
