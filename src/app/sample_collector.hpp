// Takes the islands of a running sample stage from the threads of the back end.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon {

// Keeps every island with its draws: which phases there are is known at the end alone.
class SampleCollector : public SampleSink {
 public:
  // `plan` must live longer.
  explicit SampleCollector(const SamplePlan& plan);

  // Any thread. std::logic_error for an island that is not the plan's or came before.
  void accept(SampleBlock&& block) override;

  // After the back end has returned.
  bool is_complete() const { return come_ == blocks_.size(); }
  std::vector<SampleBlock>& blocks() { return blocks_; }  // [runs, islands]

 private:
  const IslandRange islands_;
  std::mutex mutex_;
  std::vector<SampleBlock> blocks_;
  std::vector<bool> has_come_;
  std::size_t come_ = 0;
};

}  // namespace kgon
