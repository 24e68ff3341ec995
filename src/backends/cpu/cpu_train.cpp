#include "backends/cpu/cpu_train.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "backends/cpu/progress_of.hpp"
#include "backends/cpu/with_instructions.hpp"
#include "engine/cell_settings.hpp"
#include "engine/sorted_samples.hpp"
#include "engine/train_bytes.hpp"
#include "engine/train_remainder.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cpu {
namespace {

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

// A pack between two steps, and the way out for its state.
class PackOnTheWay {
 public:
  PackOnTheWay(TrainState&& start, TrainSink& sink, const RunControl& control)
      : state_(std::move(start)),
        sink_(sink),
        control_(control),
        requests_(control.state_requests),
        exchange_{state_.step,
                  state_.next_record,
                  state_.parameters.data(),
                  state_.status.data(),
                  state_.last_phase.data(),
                  [](void* pack) { return static_cast<PackOnTheWay*>(pack)->is_wanted(); },
                  [](void* pack) { static_cast<PackOnTheWay*>(pack)->hold(); },
                  this} {}
  PackOnTheWay(const PackOnTheWay&) = delete;
  PackOnTheWay& operator=(const PackOnTheWay&) = delete;

  TrainBlock& log() { return state_.log; }
  PackState* exchange() { return &exchange_; }
  void deliver() { sink_.accept(std::move(state_.log)); }

  void hold() {
    state_.step = exchange_.step;
    state_.next_record = exchange_.next_record;
    sink_.hold(TrainState(state_));
  }

 private:
  bool is_wanted() {
    const std::uint64_t requests = control_.state_requests.load(std::memory_order_relaxed);
    return std::exchange(requests_, requests) != requests;
  }

  TrainState state_;
  TrainSink& sink_;
  const RunControl& control_;
  std::uint64_t requests_;  // that have been answered
  PackState exchange_;
};

// One run: hands packs to threads in member order.
class TrainRun {
 public:
  TrainRun(const TrainPlan& plan, PackFunction function, TrainSink& sink, RunControl& control)
      : plan_(plan),
        function_(function),
        sink_(sink),
        control_(control),
        pieces_(remaining_pieces(plan, sink.earlier())) {}

  void work() {
    std::vector<std::uint32_t> scratch;
    TrainPiece pack;
    std::shared_ptr<const CellData> data;
    while (next_pack(pack, data)) run_pack(pack, *data, scratch);
  }

 private:
  // The shared tables of a cell live as long as a thread works on that cell.
  bool next_pack(TrainPiece& pack, std::shared_ptr<const CellData>& data) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || piece_ == pieces_.size()) return false;
    const TrainPiece& piece = pieces_[piece_];
    if (!data_ || data_cell_ != piece.range.cell) {
      data_ = std::make_shared<const CellData>(prepare_cell(plan_, plan_.cells[piece.range.cell]));
      data_cell_ = piece.range.cell;
    }
    data = data_;
    const auto lanes = static_cast<std::uint64_t>(function_.lanes);
    pack = piece;
    pack.range.first += taken_;
    pack.range.count = std::min(lanes, piece.range.count - taken_);
    taken_ += pack.range.count;
    if (taken_ == piece.range.count) {
      taken_ = 0;
      ++piece_;
    }
    return true;
  }

  void run_pack(const TrainPiece& piece, const CellData& data,
                std::vector<std::uint32_t>& scratch) {
    const TrainCell& cell = plan_.cells[piece.range.cell];
    if (cell.dataset == Dataset::own) {
      scratch.resize(static_cast<std::size_t>(cell.samples) *
                     static_cast<std::size_t>(function_.lanes));
    }
    PackOnTheWay pack(piece.state ? part_of(*piece.state, piece.range.first, piece.range.count)
                                  : fresh_state(plan_, piece.range),
                      sink_, control_);
    PackTask task = make_task(cell, data, scratch, pack.log());
    task.state = pack.exchange();
    if (function_.run(task)) {
      pack.deliver();
    } else {
      pack.hold();
    }
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
    task.sorted = data.sorted.view();
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
  const std::vector<TrainPiece> pieces_;
  std::mutex mutex_;
  std::size_t piece_ = 0;
  std::uint64_t taken_ = 0;  // members of that piece
  std::shared_ptr<const CellData> data_;
  std::uint32_t data_cell_ = 0;
};

}  // namespace

PackFunction find_pack_function(InstructionSet instructions, const ModelShape& shape,
                                Precision precision) {
  return with_instructions(
      instructions, shape, precision, []<class Isa, int H, int C, class Real>() {
        return PackFunction{&train_pack<Isa, H, C, Real>, pack_lanes<Isa, Real>};
      });
}

void train(const TrainPlan& plan, PackFunction function, std::uint64_t threads, TrainSink& sink,
           RunControl& control) {
  TrainRun run(plan, function, sink, control);
  RunFailure failure(control);
  with_helpers(threads, failure, [&] { run.work(); });
  failure.rethrow();
}

}  // namespace kgon::cpu
