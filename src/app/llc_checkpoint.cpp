#include "app/llc_checkpoint.hpp"

#include <algorithm>

#include "engine/llc_bytes.hpp"

namespace kgon {

LlcCheckpoint::LlcCheckpoint(const LlcPlan& plan, LlcCollector& collector,
                             const std::string& output, const CheckpointIdentity& identity,
                             const CheckpointOptions& options)
    : collector_(collector),
      has_(plan.sites.size(), false),
      checkpoint_(open_checkpoint(
          output, identity, options,
          [&](const StoredBlock&, std::span<const std::byte> bytes) { take(bytes, plan); })) {
  if (checkpoint_) earlier_seconds_ = checkpoint_->take_states().seconds;
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
  if (checkpoint_) write_or_warn([&] { checkpoint_->append(to_bytes(block)); });
  collector_.accept(std::move(block));
}

void LlcCheckpoint::write(double seconds) {
  checkpoint_->write({earlier_seconds_ + seconds, {}});
}

}  // namespace kgon
