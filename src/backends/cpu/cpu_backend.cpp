#include "backends/cpu/cpu_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "backends/cpu/cpu_llc.hpp"
#include "backends/cpu/cpu_roof.hpp"
#include "backends/cpu/cpu_sample.hpp"
#include "backends/cpu/pack_task.hpp"
#include "backends/cpu/progress_of.hpp"
#include "backends/cpu/with_instructions.hpp"
#include "engine/cell_settings.hpp"
#include "engine/ordered_drain.hpp"
#include "engine/sorted_samples.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cpu {
namespace {

struct PackFunction {
  bool (*run)(const PackTask&);
  int lanes;
};

PackFunction find_function(InstructionSet instructions, const ModelShape& shape,
                           Precision precision) {
  return with_instructions(
      instructions, shape, precision, []<class Isa, int H, int C, class Real>() {
        return PackFunction{&train_pack<Isa, H, C, Real>, pack_lanes<Isa, Real>};
      });
}

// What all packs of a cell read.
struct CellData {
  CellSettings settings;
  std::vector<std::uint32_t> shared;
  SortedSampleTable sorted;
};

CellData prepare_cell(const TrainPlan& plan, const TrainCell& cell) {
  CellData data;
  data.settings = cell_settings(cell, plan.shape.parameter_count());
  if (cell.dataset == Dataset::shared) {
    data.shared = generate_samples(member_stream(data.settings, 0), Purpose::shared_data,
                                   cell.samples, plan.shape.features);
    data.sorted = sort_samples(data.shared, plan.shape.features);
  }
  return data;
}

// One run: hands packs to threads in member order.
class TrainRun {
 public:
  TrainRun(const TrainPlan& plan, PackFunction function, TrainSink& sink, RunControl& control)
      : plan_(plan), function_(function), sink_(sink), control_(control) {}

  void work() {
    std::vector<std::uint32_t> scratch;
    MemberRange range;
    std::shared_ptr<const CellData> data;
    while (next_range(range, data)) run_pack(range, *data, scratch);
  }

 private:
  // The shared tables of a cell live as long as a thread works on that cell.
  bool next_range(MemberRange& range, std::shared_ptr<const CellData>& data) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || plan_.count == 0) return false;
    if (done_ == plan_.count) {
      done_ = 0;
      ++cell_;
      data_.reset();
    }
    if (cell_ == plan_.cells.size()) return false;
    if (!data_) {
      data_ = std::make_shared<const CellData>(prepare_cell(plan_, plan_.cells[cell_]));
    }
    data = data_;
    const auto lanes = static_cast<std::uint64_t>(function_.lanes);
    range = {cell_, plan_.first + done_, std::min(lanes, plan_.count - done_)};
    done_ += range.count;
    return true;
  }

  void run_pack(const MemberRange& range, const CellData& data,
                std::vector<std::uint32_t>& scratch) {
    const TrainCell& cell = plan_.cells[range.cell];
    if (cell.dataset == Dataset::own) {
      scratch.resize(static_cast<std::size_t>(cell.samples) *
                     static_cast<std::size_t>(function_.lanes));
    }
    TrainBlock block = make_train_block(plan_, range);
    const PackTask task = make_task(cell, data, scratch, block);
    if (function_.run(task)) sink_.accept(std::move(block));
  }

  PackTask make_task(const TrainCell& cell, const CellData& data,
                     std::vector<std::uint32_t>& scratch, TrainBlock& block) {
    PackTask task{};
    task.cell = &data.settings;
    task.start_points = cell.start.data();
    task.levels = &plan_.levels;
    task.schedule = {cell.steps, cell.classify_every, cell.record_steps.data(),
                     static_cast<std::uint32_t>(cell.record_steps.size())};
    task.first_member = block.range.first;
    task.members = static_cast<std::uint32_t>(block.range.count);
    task.shared_samples = data.shared.data();
    task.sorted_samples = data.sorted.samples.data();
    task.sorted_bins = data.sorted.bins.data();
    task.sorted_bin_bits = data.sorted.bin_bits;
    task.sorted_sum1 = data.sorted.sum1.data();
    task.sorted_sum2 = data.sorted.sum2.data();
    task.own_samples = scratch.data();
    task.log = block_log(plan_, block);
    task.failed_step = block.failed_step.data();
    task.progress = progress_of(control_);
    return task;
  }

  const TrainPlan& plan_;
  const PackFunction function_;
  TrainSink& sink_;
  RunControl& control_;
  std::mutex mutex_;
  std::uint32_t cell_ = 0;
  std::uint64_t done_ = 0;
  std::shared_ptr<const CellData> data_;
};

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
    const auto function = find_function(instructions_, plan.shape, plan.precision);
    const auto lanes = static_cast<std::uint64_t>(function.lanes);
    const std::uint64_t packs = pack_count(plan, function), threads = busy_threads(plan, function);
    std::uint64_t blocks = 0, scratch = 0, shared = 0;
    for (const TrainCell& cell : plan.cells) {
      const std::uint64_t block = block_member_bytes(plan, cell) * lanes;
      blocks = std::max(blocks, std::min(packs * block, held_bytes(block, threads)));
      if (cell.dataset == Dataset::own)
        scratch = std::max(scratch, std::uint64_t{cell.samples} * lanes * 4);
      if (cell.dataset == Dataset::shared)
        shared = std::max(shared, std::uint64_t{cell.samples} * 24);
    }
    // Every thread may still be in a cell of its own while the next one is prepared.
    const std::uint64_t cells = std::min<std::uint64_t>(threads + 1, plan.cells.size());
    // Twice: what is freed is not all used again.
    return 2 * (blocks + scratch * threads + shared * cells);
  }

  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    const PackFunction function = find_function(instructions_, plan.shape, plan.precision);
    TrainRun run(plan, function, sink, control);
    RunFailure failure(control);
    with_helpers(busy_threads(plan, function), failure, [&] { run.work(); });
    failure.rethrow();
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
