// Takes the islands of a running sample stage from the threads of the back end.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "io/sample_result.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// Keeps every island, as which phases there are is known at the end alone, but for its draws, which
// go to the result at once.
class SampleCollector : public SampleSink {
 public:
  // Both must live longer.
  SampleCollector(const SamplePlan& plan, SampleResultWriter& writer);

  // Any thread. IoError; std::logic_error for an island that is not the plan's or came before.
  void accept(SampleBlock&& block) override;

  // After the back end has returned.
  bool is_complete() const { return come_ == blocks_.size(); }
  std::vector<SampleBlock>& blocks() { return blocks_; }  // [runs, islands], without draws

 private:
  const IslandRange islands_;
  SampleResultWriter& writer_;
  std::mutex mutex_;
  std::vector<SampleBlock> blocks_;
  std::vector<bool> has_come_;
  std::size_t come_ = 0;
};

}  // namespace kgon
