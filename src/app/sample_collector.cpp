#include "app/sample_collector.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace kgon {

SampleCollector::SampleCollector(const SamplePlan& plan, SampleResultWriter& writer)
    : islands_(plan.islands()),
      writer_(writer),
      blocks_(plan.runs.size() * islands_.count),
      has_come_(blocks_.size(), false) {}

void SampleCollector::accept(SampleBlock&& block) {
  const std::lock_guard lock(mutex_);
  const std::size_t index = block.run * islands_.count + block.island - islands_.first;
  if (block.island < islands_.first || block.island >= islands_.end() ||
      block.run >= blocks_.size() / islands_.count || has_come_[index])
    throw std::logic_error(fmt::format("island {} of run {} is not in the plan or came twice",
                                       block.island, block.run));
  writer_.write(block);
  drop_draws(block);
  blocks_[index] = std::move(block);
  has_come_[index] = true;
  ++come_;
}

}  // namespace kgon
