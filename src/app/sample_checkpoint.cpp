#include "app/sample_checkpoint.hpp"

#include "engine/sample_bytes.hpp"

namespace kgon {

SampleCheckpoint::SampleCheckpoint(const SamplePlan& plan, SampleCollector& collector,
                                   const std::string& output, const CheckpointIdentity& identity,
                                   const CheckpointOptions& options)
    : collector_(collector),
      checkpoint_(open_checkpoint(
          output, identity, options,
          [&](const StoredBlock&, std::span<const std::byte> bytes) { take(bytes, plan); })) {
  if (!checkpoint_) return;
  const CheckpointStates states = checkpoint_->take_states();
  earlier_seconds_ = states.seconds;
  for_each_state(output, states, [&](const Bytes& bytes) {
    ByteReader reader(bytes);
    const auto run = reader.get<std::uint64_t>();
    const auto island = reader.get<std::uint32_t>();
    Bytes state;
    reader.get(state);
    if (!has_.contains({run, island})) on_the_way_[{run, island}] = std::move(state);
  });
}

void SampleCheckpoint::take(std::span<const std::byte> bytes, const SamplePlan& plan) {
  SampleBlock block = sample_block_from(bytes, plan);
  if (has_.insert({block.run, block.island}).second) collector_.accept(std::move(block));
}

void SampleCheckpoint::accept(SampleBlock&& block) {
  if (checkpoint_) {
    bool is_kept = false;
    write_or_warn([&] { is_kept = checkpoint_->append(to_bytes(block)); });
    // Without its block the state is the best there is.
    const std::lock_guard lock(mutex_);
    if (is_kept) on_the_way_.erase({block.run, block.island});
  }
  collector_.accept(std::move(block));
}

void SampleCheckpoint::hold(SampleState&& state) {
  const std::lock_guard lock(mutex_);
  on_the_way_[{state.run, state.island}] = std::move(state.bytes);
}

std::vector<std::byte> SampleCheckpoint::earlier_state(std::size_t run,
                                                       std::uint32_t island) const {
  const std::lock_guard lock(mutex_);
  const auto found = on_the_way_.find({run, island});
  return found == on_the_way_.end() ? Bytes{} : found->second;
}

void SampleCheckpoint::write(double seconds) {
  CheckpointStates states{earlier_seconds_ + seconds, {}};
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [island, state] : on_the_way_) {
      ByteWriter bytes;
      bytes.put(std::uint64_t{island.first});
      bytes.put(island.second);
      bytes.put(state);
      states.states.push_back(bytes.take());
    }
  }
  checkpoint_->write(states);
}

}  // namespace kgon
