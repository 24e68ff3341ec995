#include "engine/chain_jobs.hpp"

#include <utility>

#include "engine/llc_bytes.hpp"

namespace kgon {

ChainJobs::ChainJobs(WorkStates states, std::size_t first_site, std::size_t site_count,
                     ChainRunner& runner, RunControl& control)
    : states_(std::move(states)),
      first_site_(first_site),
      site_count_(site_count),
      runner_(runner),
      control_(control) {
  if (states_.earlier().empty()) return;
  ByteReader bytes(states_.earlier());
  const auto first = bytes.get<std::uint64_t>(), count = bytes.get<std::uint64_t>();
  if (first != first_site_ || count != site_count_) return;
  // One by one: a damaged number ends with the bytes, before there is memory for so many.
  for (auto left = bytes.get<std::uint32_t>(); left > 0; --left) get(done_.emplace_back(), bytes);
  ChainsOnTheWay& chains = earlier_.emplace();
  bytes.get(chains.step);
  bytes.get(chains.parameters);
  get(chains.outcome, bytes);
  bytes.expect_end();
}

Bytes ChainJobs::save(const ChainsOnTheWay& chains) const {
  ByteWriter bytes;
  bytes.put(std::uint64_t{first_site_});
  bytes.put(std::uint64_t{site_count_});
  bytes.put(static_cast<std::uint32_t>(done_.size()));
  for (const ChainOutcome& outcome : done_) put(outcome, bytes);
  bytes.put(chains.step);
  bytes.put(chains.parameters);
  put(chains.outcome, bytes);
  return bytes.take();
}

bool ChainJobs::run(const ChainJob& job, bool is_last, ChainOutcome& outcome) {
  if (next_ < done_.size()) {
    outcome = done_[next_++];
    return true;
  }
  std::uint64_t answered = control_.state_requests;
  ChainStates states;
  states.earlier = earlier_ ? &*earlier_ : nullptr;
  states.is_wanted = [&] {
    const std::uint64_t requests = control_.state_requests.load(std::memory_order_relaxed);
    return std::exchange(answered, requests) != requests;
  };
  states.hold = [&](ChainsOnTheWay&& chains) { states_.hold(save(chains)); };
  if (!runner_.run_on(job, states, outcome, control_)) return false;
  earlier_.reset();
  if (!is_last) done_.push_back(outcome);
  ++next_;
  return true;
}

}  // namespace kgon
