#include "app/llc_checkpoint.hpp"

#include <algorithm>

#include "engine/llc_bytes.hpp"

namespace kgon {

LlcCheckpoint::LlcCheckpoint(const LlcPlan& plan, LlcCollector& collector,
                             const std::string& output, const CheckpointIdentity& identity,
                             const CheckpointOptions& options)
    : collector_(collector), has_(plan.sites.size(), false) {
  open(
      output, identity, options,
      [&](const StoredBlock&, std::span<const std::byte> bytes) { take(bytes, plan); },
      [&](const Bytes& bytes) {
        ByteReader reader(bytes);
        const auto first_site = reader.get<std::uint64_t>();
        Bytes state;
        reader.get(state);
        if (first_site < has_.size() && !has_[first_site])
          on_the_way_[first_site] = std::move(state);
      });
}

void LlcCheckpoint::take(std::span<const std::byte> bytes, const LlcPlan& plan) {
  LlcBlock block = llc_block_from(bytes, plan);
  const auto first = has_.begin() + static_cast<std::ptrdiff_t>(block.first_site);
  const auto end = first + std::ssize(block.estimates);
  if (std::find(first, end, true) != end) return;
  std::fill(first, end, true);
  earlier_sites_ += block.estimates.size();
  collector_.accept(std::move(block));
}

void LlcCheckpoint::accept(LlcBlock&& block) {
  // Without its block the state is the best there is.
  if (is_kept() && append(to_bytes(block))) {
    const std::lock_guard lock(mutex_);
    on_the_way_.erase(block.first_site);
  }
  collector_.accept(std::move(block));
}

std::vector<Bytes> LlcCheckpoint::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<Bytes> all;
  for (const auto& [first_site, state] : on_the_way_) {
    ByteWriter bytes;
    bytes.put(std::uint64_t{first_site});
    bytes.put(state);
    all.push_back(bytes.take());
  }
  return all;
}

void LlcCheckpoint::hold(LlcState&& state) {
  const std::lock_guard lock(mutex_);
  on_the_way_[state.first_site] = std::move(state.bytes);
}

std::vector<std::byte> LlcCheckpoint::earlier_state(std::size_t first_site) const {
  const std::lock_guard lock(mutex_);
  const auto found = on_the_way_.find(first_site);
  return found == on_the_way_.end() ? Bytes{} : found->second;
}

}  // namespace kgon
