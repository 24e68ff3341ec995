#include "backends/batches/sizes.hpp"

#include <algorithm>

#include "engine/cell_settings.hpp"
#include "engine/ordered_drain.hpp"
#include "engine/sorted_samples.hpp"
#include "kgon/engine/train_block.hpp"

namespace kgon::batches {
namespace {

// A step on the population loss takes about as long as one on so many samples.
constexpr std::uint64_t samples_of_population_step = 64;
// Settings, schedule and pointers of a cell on a device.
constexpr std::uint64_t cell_bytes = 512;

std::uint64_t real_bytes(const TrainPlan& plan) {
  return plan.precision == Precision::float64 ? 8 : 4;
}

std::uint64_t parameter_count(const TrainPlan& plan) {
  return static_cast<std::uint64_t>(plan.shape.parameter_count());
}

std::uint64_t kept_parameters(const TrainPlan& plan, const TrainCell& cell) {
  return kept_records(plan.keep, cell.record_steps.size()) * parameter_count(plan);
}

// Blocks in the making, waiting in OrderedDrain for their turn, and having it.
std::uint64_t held_bytes(std::uint64_t block, std::uint64_t batches) {
  const PendingLimit limit;
  const std::uint64_t pending = std::min(limit.blocks * block, std::max(limit.bytes, block));
  return pending + (batches + 2) * block;
}

}  // namespace

LogShape log_shape(const TrainPlan& plan) {
  std::size_t records = 0;
  for (const TrainCell& cell : plan.cells) records = std::max(records, cell.record_steps.size());
  return {static_cast<std::uint32_t>(records), kept_records(plan.keep, records)};
}

std::uint64_t device_bytes_per_member(const TrainPlan& plan) {
  const LogShape shape = log_shape(plan);
  const std::uint64_t state = parameter_count(plan) * real_bytes(plan) + 8 + 4 + 1 + 8 + 2 + 4;
  return state + shape.records * record_bytes +
         shape.kept_records * parameter_count(plan) * real_bytes(plan) + max_visits * visit_bytes;
}

std::uint64_t shared_device_bytes(const TrainPlan& plan) {
  std::uint64_t bytes = sizeof(plan.levels);
  for (const TrainCell& cell : plan.cells) {
    bytes += cell_bytes + cell.record_steps.size() * 8 + cell.start.size() * 8;
    // In the order they are drawn, and sorted.
    if (cell.dataset == Dataset::shared)
      bytes += cell.samples * sizeof(std::uint32_t) +
               sorted_bytes_on_device(cell.samples, plan.shape.features);
  }
  return bytes;
}

std::uint64_t block_members(const TrainPlan& plan, const TrainCell& cell,
                            const BatchSettings& settings) {
  const std::uint64_t fit = settings.block_bytes / block_member_bytes(plan, cell);
  return std::clamp(fit, std::uint64_t{1}, std::max(plan.count, std::uint64_t{1}));
}

std::uint64_t largest_block_bytes(const TrainPlan& plan, const BatchSettings& settings) {
  std::uint64_t most = 0;
  for (const TrainCell& cell : plan.cells) {
    most = std::max(most, block_members(plan, cell, settings) * block_member_bytes(plan, cell));
  }
  return most;
}

std::uint64_t staging_bytes(const TrainPlan& plan, const BatchSettings& settings) {
  std::uint64_t most = 0;
  for (const TrainCell& cell : plan.cells) {
    const std::uint64_t member = std::max(
        {cell.record_steps.size() * sizeof(double), kept_parameters(plan, cell) * real_bytes(plan),
         parameter_count(plan) * real_bytes(plan), max_visits * sizeof(double)});
    most = std::max(most, block_members(plan, cell, settings) * member);
  }
  return most;
}

std::uint32_t steps_per_launch(const TrainPlan& plan, std::uint64_t count,
                               const BatchSettings& settings) {
  std::uint64_t samples = 1;
  for (const TrainCell& cell : plan.cells) {
    const bool population = cell.dataset == Dataset::population;
    samples = std::max(samples, population ? samples_of_population_step : cell.batch);
  }
  const std::uint64_t steps = settings.samples_per_launch / (samples * count);
  const std::uint64_t most = settings.steps_per_launch;
  return static_cast<std::uint32_t>(std::clamp(steps, std::uint64_t{1}, most));
}

unsigned batches_per_device(const TrainPlan& plan, std::size_t devices,
                            const BatchSettings& settings) {
  const std::uint64_t full = total_members(plan) / devices / settings.smallest_batch;
  return static_cast<unsigned>(
      std::clamp(full, std::uint64_t{1}, std::uint64_t{settings.batches_per_device}));
}

std::uint64_t memory_estimate(const TrainPlan& plan, std::size_t devices,
                              const BatchSettings& settings) {
  const std::uint64_t batches = batches_per_device(plan, devices, settings) * devices;
  // Together the first ranges of all batches are no more than the plan, each rounded up.
  const std::uint64_t running =
      std::min(total_members(plan) + batches, settings.largest_batch * batches);
  // Twice: what is freed is not all used again.
  const std::uint64_t host = 2 * held_bytes(largest_block_bytes(plan, settings), batches) +
                             batches * staging_bytes(plan, settings);
  return running * device_bytes_per_member(plan) + devices * shared_device_bytes(plan) + host;
}

}  // namespace kgon::batches
