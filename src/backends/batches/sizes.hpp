// Bytes and counts behind the cutting of a plan into batches, launches and blocks.
#pragma once

#include "backends/batches/settings.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon::batches {

// Entries of the log that each member needs, the largest over the cells.
struct LogShape {
  std::uint32_t records = 0;
  std::uint32_t kept_records = 0;
};
LogShape log_shape(const TrainPlan& plan);

inline std::uint64_t total_members(const TrainPlan& plan) {
  return plan.count * plan.cells.size();
}

// State and log of a member on a device.
std::uint64_t device_bytes_per_member(const TrainPlan& plan);
// What the members share on a device: starts, schedules and shared data sets of all cells.
std::uint64_t shared_device_bytes(const TrainPlan& plan);

// Members of that cell in one delivered block, at least one.
std::uint64_t block_members(const TrainPlan& plan, const TrainCell& cell,
                            const BatchSettings& settings);
// Bytes of the largest block, and of its largest array as it comes from a device.
std::uint64_t largest_block_bytes(const TrainPlan& plan, const BatchSettings& settings);
std::uint64_t staging_bytes(const TrainPlan& plan, const BatchSettings& settings);

// Steps of one launch over `count` members, the same for all of them.
std::uint32_t steps_per_launch(const TrainPlan& plan, std::uint64_t count,
                               const BatchSettings& settings);

// Batches that share each of `devices` devices: fewer than the settings say where members are few.
unsigned batches_per_device(const TrainPlan& plan, std::size_t devices,
                            const BatchSettings& settings);

// Upper bound of what a run on `devices` devices takes: the memory of the devices, short of what
// CUDA itself uses, and on the host the staging of every batch and the blocks on their way out,
// those that wait for their turn included.
std::uint64_t memory_estimate(const TrainPlan& plan, std::size_t devices,
                              const BatchSettings& settings);

}  // namespace kgon::batches
