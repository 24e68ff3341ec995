// Keeps what a running train stage has done, and gives back what an earlier one had.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/stage_checkpoint.hpp"
#include "engine/ordered_drain.hpp"
#include "engine/train_remainder.hpp"

namespace kgon {

class TrainCheckpoint final : public TrainSink, public StageCheckpoint {
 public:
  // Opens what is there. `plan` must live longer. Throws as StageCheckpoint::open does.
  TrainCheckpoint(const TrainPlan& plan, const std::string& output,
                  const CheckpointIdentity& identity, const CheckpointOptions& options);

  // Where blocks go on to; before the first of them.
  void pass_on_to(OrderedDrain& drain) { drain_ = &drain; }
  // OrderedDrain::Earlier.
  std::optional<TrainBlock> earlier_block(std::uint32_t cell, std::uint64_t first_member) const;

  // Any thread.
  void accept(TrainBlock&& block) override;
  void hold(TrainState&& state) override;
  const TrainProgress& earlier() const override { return earlier_; }

 private:
  std::vector<Bytes> states() const override;
  void find_block(const StoredBlock& block, std::span<const std::byte> bytes);

  const TrainPlan& plan_;
  OrderedDrain* drain_ = nullptr;
  std::map<std::pair<std::uint32_t, std::uint64_t>, StoredBlock> blocks_;  // by cell and member
  TrainProgress earlier_;
  mutable std::mutex mutex_;
  StatesOnTheWay on_the_way_;
};

}  // namespace kgon
