// Keeps what a running train stage has done, and gives back what an earlier one had.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "app/checkpointing.hpp"
#include "engine/ordered_drain.hpp"
#include "engine/train_remainder.hpp"

namespace kgon {

class TrainCheckpoint : public TrainSink {
 public:
  // Opens what is there. `plan` must live longer. Throws as open_checkpoint does.
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

  // Seconds that earlier runs have taken.
  double earlier_seconds() const { return earlier_seconds_; }
  bool is_kept() const { return checkpoint_ != nullptr; }
  // Everything so far, durably; `seconds` of this run. IoError.
  void write(double seconds);

 private:
  void find_block(const StoredBlock& block, std::span<const std::byte> bytes);

  const TrainPlan& plan_;
  OrderedDrain* drain_ = nullptr;
  std::map<std::pair<std::uint32_t, std::uint64_t>, StoredBlock> blocks_;  // by cell and member
  TrainProgress earlier_;
  double earlier_seconds_ = 0;
  std::unique_ptr<Checkpoint> checkpoint_;
  std::mutex mutex_;
  StatesOnTheWay on_the_way_;
};

}  // namespace kgon
