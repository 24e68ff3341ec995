#include "app/train_checkpoint.hpp"

#include "engine/train_bytes.hpp"

namespace kgon {

TrainCheckpoint::TrainCheckpoint(const TrainPlan& plan, const std::string& output,
                                 const CheckpointIdentity& identity,
                                 const CheckpointOptions& options)
    : plan_(plan),
      checkpoint_(
          open_checkpoint(output, identity, options,
                          [this](const StoredBlock& block, std::span<const std::byte> bytes) {
                            find_block(block, bytes);
                          })) {
  if (!checkpoint_) return;
  CheckpointStates states = checkpoint_->take_states();
  earlier_seconds_ = states.seconds;
  for_each_state(output, states,
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
  return train_block_from(checkpoint_->read(found->second), plan_);
}

void TrainCheckpoint::accept(TrainBlock&& block) {
  if (checkpoint_) {
    bool is_kept = false;
    write_or_warn([&] { is_kept = checkpoint_->append(to_bytes(block)); });
    // Without its block the state is the best there is.
    const std::lock_guard lock(mutex_);
    if (is_kept) on_the_way_.remove(block.range);
  }
  drain_->accept(std::move(block));
}

void TrainCheckpoint::hold(TrainState&& state) {
  if (!checkpoint_) return;
  const std::lock_guard lock(mutex_);
  on_the_way_.put(std::move(state));
}

void TrainCheckpoint::write(double seconds) {
  CheckpointStates states;
  states.seconds = earlier_seconds_ + seconds;
  {
    const std::lock_guard lock(mutex_);
    for (const TrainState& state : on_the_way_.states()) states.states.push_back(to_bytes(state));
  }
  checkpoint_->write(states);
}

}  // namespace kgon
