#include "app/train_checkpoint.hpp"

#include "engine/train_bytes.hpp"

namespace kgon {

TrainCheckpoint::TrainCheckpoint(const TrainPlan& plan, const std::string& output,
                                 const CheckpointIdentity& identity,
                                 const CheckpointOptions& options)
    : plan_(plan) {
  open(
      output, identity, options,
      [this](const StoredBlock& block, std::span<const std::byte> bytes) {
        find_block(block, bytes);
      },
      [&](const Bytes& bytes) { on_the_way_.put(train_state_from(bytes, plan)); });
  for (const MemberRange& range : earlier_.done) on_the_way_.remove(range);
  earlier_.started = on_the_way_.states();
}

// Members that came before are the same here and there.
void TrainCheckpoint::find_block(const StoredBlock& block, std::span<const std::byte> bytes) {
  const MemberRange range = train_range_from(bytes, plan_);
  if (blocks_.try_emplace({range.cell, range.first}, block).second) earlier_.done.push_back(range);
}

std::optional<TrainBlock> TrainCheckpoint::earlier_block(std::uint32_t cell,
                                                         std::uint64_t first_member) const {
  const auto found = blocks_.find({cell, first_member});
  if (found == blocks_.end()) return std::nullopt;
  return train_block_from(read(found->second), plan_);
}

void TrainCheckpoint::accept(TrainBlock&& block) {
  // Without its block the state is the best there is.
  if (is_kept() && append(to_bytes(block))) {
    const std::lock_guard lock(mutex_);
    on_the_way_.remove(block.range);
  }
  drain_->accept(std::move(block));
}

void TrainCheckpoint::hold(TrainState&& state) {
  if (!is_kept()) return;
  const std::lock_guard lock(mutex_);
  on_the_way_.put(std::move(state));
}

std::vector<Bytes> TrainCheckpoint::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<Bytes> all;
  for (const TrainState& state : on_the_way_.states()) all.push_back(to_bytes(state));
  return all;
}

}  // namespace kgon
