#include "engine/ordered_drain.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <utility>

#include "engine/cell_settings.hpp"

namespace kgon {

OrderedDrain::OrderedDrain(const TrainPlan& plan, Consumer consumer, RunControl& control,
                           PendingLimit limit, Earlier earlier)
    : cells_(plan.count == 0 ? 0 : static_cast<std::uint32_t>(plan.cells.size())),
      first_(plan.first),
      end_(plan.first + plan.count),
      limit_(limit),
      consumer_(std::move(consumer)),
      earlier_(std::move(earlier)),
      control_(control),
      next_{0, plan.first} {}

bool OrderedDrain::outside_plan(const MemberRange& range) const {
  return range.cell >= cells_ || range.count == 0 || range.first < first_ || range.first >= end_ ||
         range.count > end_ - range.first;
}

OrderedDrain::Position OrderedDrain::after(const MemberRange& range) const {
  const std::uint64_t member = range.first + range.count;
  return member < end_ ? Position{range.cell, member} : Position{range.cell + 1, first_};
}

void OrderedDrain::fail(std::exception_ptr error) {
  if (!error_) error_ = std::move(error);
  control_.stop = true;
  pending_.clear();
  pending_bytes_ = 0;
  moved_.notify_all();
}

bool OrderedDrain::has_room(std::uint64_t bytes) const {
  if (pending_.size() >= limit_.blocks) return false;
  return pending_.empty() || pending_bytes_ + bytes <= limit_.bytes;
}

void OrderedDrain::wait_for_turn(std::unique_lock<std::mutex>& lock, Position position,
                                 std::uint64_t bytes) {
  const auto may_enter = [&] {
    return position <= next_ || has_room(bytes) || error_ || control_.stop;
  };
  // `stop` is set by others without a notification (a signal handler, for one), and after it the
  // next block may never come: hence the polling.
  while (!may_enter()) moved_.wait_for(lock, std::chrono::milliseconds(50));
}

void OrderedDrain::accept(TrainBlock&& block) {
  const MemberRange range = block.range;
  const Position position{range.cell, range.first};
  std::unique_lock lock(mutex_);
  if (outside_plan(range)) {
    fail(std::make_exception_ptr(std::logic_error(
        fmt::format("a back end delivered members {}..+{} of cell {}, outside the plan",
                    range.first, range.count, range.cell))));
    return;
  }
  const std::uint64_t bytes = block_bytes(block);
  wait_for_turn(lock, position, bytes);
  if (error_) return;
  if (position < next_ || pending_.contains(position)) {
    fail(std::make_exception_ptr(std::logic_error(
        fmt::format("a back end delivered member {} of cell {} twice", range.first, range.cell))));
    return;
  }
  pending_.emplace(position, std::move(block));
  pending_bytes_ += bytes;
  if (!passing_on_) pass_on(lock);
}

void OrderedDrain::start() {
  std::unique_lock lock(mutex_);
  pass_on(lock);
}

// The block whose turn it is, unless it is yet to come.
std::optional<TrainBlock> OrderedDrain::take_next(std::unique_lock<std::mutex>& lock) {
  if (!pending_.empty() && pending_.begin()->first == next_) {
    auto node = pending_.extract(pending_.begin());
    pending_bytes_ -= block_bytes(node.mapped());
    return std::move(node.mapped());
  }
  // A stop may come while thousands of blocks are read.
  if (!earlier_ || next_.cell >= cells_ || control_.stop) return std::nullopt;
  const Position next = next_;
  std::optional<TrainBlock> block;
  std::exception_ptr error;
  lock.unlock();
  try {
    block = earlier_(next.cell, next.member);
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  if (error) fail(std::move(error));
  // It may have come meanwhile.
  if (!block && !error_ && !pending_.empty() && pending_.begin()->first == next_)
    return take_next(lock);
  return block;
}

void OrderedDrain::pass_on(std::unique_lock<std::mutex>& lock) {
  passing_on_ = true;
  while (!error_) {
    const std::optional<TrainBlock> block = take_next(lock);
    if (!block) break;
    consume(*block, lock);
  }
  passing_on_ = false;
}

void OrderedDrain::consume(const TrainBlock& block, std::unique_lock<std::mutex>& lock) {
  // Advanced before the consumer runs, so that the block after this one is let in meanwhile.
  next_ = after(block.range);
  moved_.notify_all();
  lock.unlock();
  std::exception_ptr error;
  try {
    consumer_(block);
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  if (error) {
    fail(std::move(error));
  } else {
    members_ += block.range.count;
  }
}

OrderedDrain::Outcome OrderedDrain::finish() {
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
  pending_.clear();
  return {members_, members_ == (end_ - first_) * cells_};
}

}  // namespace kgon
