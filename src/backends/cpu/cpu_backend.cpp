#include "backends/cpu/cpu_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "backends/cpu/cpu_llc.hpp"
#include "backends/cpu/cpu_roof.hpp"
#include "backends/cpu/cpu_sample.hpp"
#include "backends/cpu/cpu_train.hpp"
#include "engine/cell_settings.hpp"
#include "engine/ordered_drain.hpp"
#include "engine/sorted_samples.hpp"

namespace kgon::cpu {
namespace {

class CpuBackend : public Backend {
 public:
  CpuBackend(unsigned threads, InstructionSet instructions)
      : threads_(threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency())),
        instructions_(instructions) {}

  std::string description() const override {
    return fmt::format("cpu ({}, {} thread{})", name(instructions_), threads_,
                       threads_ == 1 ? "" : "s");
  }

  std::uint64_t memory_estimate(const TrainPlan& plan) const override {
    const auto function = find_pack_function(instructions_, plan.shape, plan.precision);
    const auto lanes = static_cast<std::uint64_t>(function.lanes);
    const std::uint64_t packs = pack_count(plan, function), threads = busy_threads(plan, function);
    std::uint64_t blocks = 0, scratch = 0, shared = 0;
    for (const TrainCell& cell : plan.cells) {
      const std::uint64_t block = block_member_bytes(plan, cell) * lanes;
      blocks = std::max(blocks, std::min(packs * block, held_bytes(block, threads)));
      if (cell.dataset == Dataset::own)
        scratch = std::max(scratch, std::uint64_t{cell.samples} * lanes * 4);
      if (cell.dataset == Dataset::shared)
        shared = std::max(shared, std::uint64_t{cell.samples} * 4 +
                                      sorted_bytes(cell.samples, plan.shape.features));
    }
    // Every thread may still be in a cell of its own while the next one is prepared.
    const std::uint64_t cells = std::min<std::uint64_t>(threads + 1, plan.cells.size());
    // Twice: what is freed is not all used again.
    return 2 * (blocks + scratch * threads + shared * cells);
  }

  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    const PackFunction function = find_pack_function(instructions_, plan.shape, plan.precision);
    cpu::train(plan, function, busy_threads(plan, function), sink, control);
  }

  void estimate_llc(const LlcPlan& plan, LlcSink& sink, RunControl& control) override {
    cpu::estimate_llc(plan, instructions_, threads_, sink, control);
  }
  std::uint64_t memory_estimate(const LlcPlan& plan) const override {
    return llc_memory_estimate(plan, threads_);
  }

  void sample(const SamplePlan& plan, SampleSink& sink, RunControl& control) override {
    cpu::sample(plan, instructions_, threads_, sink, control);
  }
  std::uint64_t memory_estimate(const SamplePlan& plan) const override {
    return sample_memory_estimate(plan, threads_);
  }

  std::optional<DeviceRoof> measure_roof(Precision precision, unsigned threads,
                                         double seconds) override {
    return cpu::measure_roof(instructions_, precision, threads > 0 ? threads : threads_, seconds);
  }

 private:
  static std::uint64_t pack_count(const TrainPlan& plan, PackFunction function) {
    const auto lanes = static_cast<std::uint64_t>(function.lanes);
    return (plan.count + lanes - 1) / lanes * plan.cells.size();
  }

  // Threads beyond the number of packs would find nothing to do.
  std::uint64_t busy_threads(const TrainPlan& plan, PackFunction function) const {
    return std::clamp<std::uint64_t>(pack_count(plan, function), 1, threads_);
  }

  // Blocks of this size in the making, waiting in OrderedDrain for their turn, and having it.
  static std::uint64_t held_bytes(std::uint64_t block, std::uint64_t threads) {
    const PendingLimit limit;
    const std::uint64_t pending = std::min(limit.blocks * block, std::max(limit.bytes, block));
    return pending + (threads + 2) * block;
  }

  unsigned threads_;
  InstructionSet instructions_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(unsigned threads, InstructionSet instructions) {
  return std::make_unique<CpuBackend>(threads, instructions);
}

}  // namespace kgon::cpu
