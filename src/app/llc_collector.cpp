#include "app/llc_collector.hpp"

#include <algorithm>
#include <iterator>

namespace kgon {

LlcCollector::LlcCollector(const LlcPlan& plan, LlcResultWriter& writer)
    : chains_(plan.chains), writer_(writer), estimates_(plan.sites.size()) {}

void LlcCollector::accept(LlcBlock&& block) {
  const std::lock_guard lock(mutex_);
  const std::size_t first = block.first_site;
  const std::vector<LlcEstimate> estimates = block.estimates;
  note_failures(block);
  writer_.write(std::move(block));  // checks the range
  std::ranges::copy(estimates, estimates_.begin() + static_cast<std::ptrdiff_t>(first));
}

void LlcCollector::note_failures(const LlcBlock& block) {
  for (std::size_t row = 0; row < block.chains.size(); ++row) {
    const ChainRow& chain = block.chains[row];
    if (chain.status == MemberStatus::ok) continue;
    ++failures_.count;
    failures_
        .listed[{block.first_site + row / chains_, static_cast<std::uint32_t>(row % chains_)}] = {
        chain.status, chain.failed_step};
    if (failures_.listed.size() > max_listed_failures)
      failures_.listed.erase(std::prev(failures_.listed.end()));
  }
}

}  // namespace kgon
