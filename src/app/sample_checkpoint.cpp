#include "app/sample_checkpoint.hpp"

#include "engine/sample_bytes.hpp"

namespace kgon {

SampleCheckpoint::SampleCheckpoint(const SamplePlan& plan, SampleCollector& collector,
                                   const std::string& output, const CheckpointIdentity& identity,
                                   const CheckpointOptions& options)
    : collector_(collector) {
  open(
      output, identity, options,
      [&](const StoredBlock&, std::span<const std::byte> bytes) { take(bytes, plan); },
      [&](const Bytes& bytes) {
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
  // Without its block the state is the best there is.
  if (is_kept() && append(to_bytes(block))) {
    const std::lock_guard lock(mutex_);
    on_the_way_.erase({block.run, block.island});
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

std::vector<Bytes> SampleCheckpoint::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<Bytes> all;
  for (const auto& [island, state] : on_the_way_) {
    ByteWriter bytes;
    bytes.put(std::uint64_t{island.first});
    bytes.put(island.second);
    bytes.put(state);
    all.push_back(bytes.take());
  }
  return all;
}

}  // namespace kgon
