// What a run has left, for the next one.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "backends/conformance.hpp"
#include "engine/train_bytes.hpp"
#include "engine/train_remainder.hpp"

namespace kgon::test {

// Keeps what comes, as bytes, and gives it back to the next run.
class ResumingSink : public CollectingSink {
 public:
  explicit ResumingSink(const TrainPlan& plan) : plan_(plan) {}

  void accept(TrainBlock&& block) override {
    {
      const std::lock_guard lock(states_mutex_);
      done_.push_back(block.range);
      on_the_way_.remove(block.range);
    }
    CollectingSink::accept(train_block_from(to_bytes(block), plan_));
  }
  void hold(TrainState&& state) override {
    const std::lock_guard lock(states_mutex_);
    on_the_way_.put(train_state_from(to_bytes(state), plan_));
  }
  const TrainProgress& earlier() const override { return earlier_; }

  // What came so far is there in the next run. Returns its states.
  std::size_t begin_next() {
    earlier_ = {done_, on_the_way_.states()};
    return earlier_.started.size();
  }
  bool is_complete() const { return members.size() == plan_.count * plan_.cells.size(); }

 private:
  const TrainPlan& plan_;
  std::mutex states_mutex_;
  std::vector<MemberRange> done_;
  StatesOnTheWay on_the_way_;
  TrainProgress earlier_;
};

}  // namespace kgon::test
