// Hands out the members of a plan to the batches of all devices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon::batches {

// Members first..first+count-1 of the flat order over the cells of a plan.
struct FlatRange {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  const TrainState* state = nullptr;  // where they go on from; null: from step 0
};

// What is left to do of a plan, in ascending order, in pieces as long as possible.
struct FlatPiece {
  std::uint64_t first = 0, count = 0;
  const TrainState* state = nullptr;
};
std::vector<FlatPiece> flat_pieces(const TrainPlan& plan, const TrainProgress& earlier);

// Any thread. Hands out ranges in ascending order.
//
// Batches that end together leave a device idle while their results travel. In a large plan the
// first ranges therefore grow from one to the next: the batches end one after the other, and in the
// order in which their results are written. Later ranges take a fixed part of what is left, and the
// end is cut evenly, so that no device works on a last range while the others idle.
class WorkQueue {
 public:
  // takers: batches that run at a time; smallest: as far as there are members for every taker.
  WorkQueue(std::vector<FlatPiece> pieces, std::uint64_t takers, std::uint64_t smallest,
            RunControl& control)
      : pieces_(std::move(pieces)),
        total_(std::accumulate(
            pieces_.begin(), pieces_.end(), std::uint64_t{0},
            [](std::uint64_t sum, const FlatPiece& piece) { return sum + piece.count; })),
        takers_(takers),
        smallest_(std::clamp(total_ / takers, std::uint64_t{1}, smallest)),
        control_(control) {}

  // The largest range there will be.
  std::uint64_t largest() const { return part(total_); }

  bool is_over() {
    const std::lock_guard lock(mutex_);
    return control_.stop || taken_ == total_;
  }

  // At most `most` members; false where there are none left, or after a stop.
  bool next(std::uint64_t most, FlatRange& range) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || taken_ == total_) return false;
    std::uint64_t count = std::min(most, part(total_ - taken_));
    if (is_large() && ++ranges_ <= takers_) count = (count * ranges_ + takers_ - 1) / takers_;
    const FlatPiece& piece = pieces_[piece_];
    count = std::min(count, piece.count - of_piece_);
    range = {piece.first + of_piece_, static_cast<std::uint32_t>(count), piece.state};
    taken_ += count;
    of_piece_ += count;
    if (of_piece_ == piece.count) {
      of_piece_ = 0;
      ++piece_;
    }
    return true;
  }

 private:
  // Even the smaller ranges of the beginning keep the devices busy.
  bool is_large() const { return total_ / smallest_ >= 4 * takers_; }
  std::uint64_t part(std::uint64_t left) const {
    const std::uint64_t pieces = std::clamp(left / smallest_, std::uint64_t{1}, 2 * takers_);
    return (left + pieces - 1) / pieces;
  }

  const std::vector<FlatPiece> pieces_;
  const std::uint64_t total_, takers_, smallest_;
  RunControl& control_;
  std::mutex mutex_;
  std::uint64_t taken_ = 0, ranges_ = 0;
  std::size_t piece_ = 0;
  std::uint64_t of_piece_ = 0;  // members of that piece that are taken
};

}  // namespace kgon::batches
