// Puts the blocks of many worker threads back into the order of the members.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "kgon/engine/backend.hpp"

namespace kgon {

// Of the blocks whose turn has not come.
struct PendingLimit {
  std::size_t blocks = 64;
  std::uint64_t bytes = std::uint64_t{256} << 20;
};

// A sink that passes blocks on in ascending (cell, first member) order, one at a time, whatever
// the order and the threads they come from. It holds only blocks whose turn has not come.
//
// The consumer runs on the thread that happened to deliver the next block, never on two at once.
class OrderedDrain : public TrainSink {
 public:
  using Consumer = std::function<void(const TrainBlock&)>;
  // The block of an earlier run that begins with that member of that cell, if there is one.
  using Earlier =
      std::function<std::optional<TrainBlock>(std::uint32_t cell, std::uint64_t first_member)>;

  struct Outcome {
    std::uint64_t members = 0;  // passed on, in order and without a gap
    bool complete = false;      // that was the whole shard
  };

  // `plan` says which members are to come; only its shard and its number of cells are read.
  // accept() of a block that is not the next one waits while `limit` is reached; a block larger
  // than all of it may be the only one. Workers that take ranges in ascending order therefore bound
  // the memory and cannot deadlock. Blocks of `earlier` are passed on when their turn comes.
  OrderedDrain(const TrainPlan& plan, Consumer consumer, RunControl& control,
               PendingLimit limit = {}, Earlier earlier = {});

  // Before the back end runs: passes on the blocks of `earlier` that the plan begins with.
  void start();

  // Any thread. Never throws what the consumer threw: that is kept for finish(), sets
  // `control.stop`, and every later block is dropped.
  void accept(TrainBlock&& block) override;

  // After the back end has returned. Rethrows the consumer's exception, or std::logic_error for a
  // block that came twice or lies outside the plan. After a stop, blocks beyond the first missing
  // member are dropped and `complete` is false.
  Outcome finish();

 private:
  struct Position {
    std::uint32_t cell = 0;
    std::uint64_t member = 0;
    auto operator<=>(const Position&) const = default;
  };

  bool outside_plan(const MemberRange& range) const;
  Position after(const MemberRange& range) const;
  bool has_room(std::uint64_t bytes) const;
  void wait_for_turn(std::unique_lock<std::mutex>& lock, Position position, std::uint64_t bytes);
  void pass_on(std::unique_lock<std::mutex>& lock);
  std::optional<TrainBlock> take_next(std::unique_lock<std::mutex>& lock);
  void consume(const TrainBlock& block, std::unique_lock<std::mutex>& lock);
  void fail(std::exception_ptr error);

  const std::uint32_t cells_;
  const std::uint64_t first_, end_;  // members of the shard, the same in every cell
  const PendingLimit limit_;
  const Consumer consumer_;
  const Earlier earlier_;
  RunControl& control_;

  std::mutex mutex_;
  std::condition_variable moved_;  // next_ advanced, or an error
  std::map<Position, TrainBlock> pending_;
  std::uint64_t pending_bytes_ = 0;
  Position next_;
  bool passing_on_ = false;  // some thread is inside pass_on()
  std::uint64_t members_ = 0;
  std::exception_ptr error_;
};

}  // namespace kgon
