// Hands out the members of a plan to the batches of all devices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "kgon/engine/backend.hpp"

namespace kgon::batches {

// Members first..first+count-1 of the flat order over the cells of a plan.
struct FlatRange {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
};

// Any thread. Hands out ranges in ascending order.
//
// Batches that end together leave a device idle while their results travel. In a large plan the
// first ranges therefore grow from one to the next: the batches end one after the other, and in the
// order in which their results are written. Later ranges take a fixed part of what is left, and the
// end is cut evenly, so that no device works on a last range while the others idle.
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

  // At most `most` members; false where there are none left, or after a stop.
  bool next(std::uint64_t most, FlatRange& range) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || taken_ == total_) return false;
    std::uint64_t count = std::min(most, piece(total_ - taken_));
    if (is_large() && ++ranges_ <= takers_) count = (count * ranges_ + takers_ - 1) / takers_;
    range = {taken_, static_cast<std::uint32_t>(count)};
    taken_ += count;
    return true;
  }

 private:
  // Even the smaller ranges of the beginning keep the devices busy.
  bool is_large() const { return total_ / smallest_ >= 4 * takers_; }
  std::uint64_t piece(std::uint64_t left) const {
    const std::uint64_t pieces = std::clamp(left / smallest_, std::uint64_t{1}, 2 * takers_);
    return (left + pieces - 1) / pieces;
  }

  const std::uint64_t total_, takers_, smallest_;
  RunControl& control_;
  std::mutex mutex_;
  std::uint64_t taken_ = 0, ranges_ = 0;
};

}  // namespace kgon::batches
