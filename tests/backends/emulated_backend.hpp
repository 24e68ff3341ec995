// The device code run on the host, one slot after the other: the functors of train_members.hpp on
// arrays laid out as on a device. It shows on any machine what the CUDA kernels compute, short of
// the compiler and the hardware.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/cell_settings.hpp"
#include "engine/sorted_samples.hpp"
#include "kgon/batch/train_members.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::test {

template <int H, int C, class Real>
class EmulatedRun {
 public:
  using Model = tms::Model<H, C>;

  EmulatedRun(const TrainPlan& plan, bool buffered) : plan_(plan), buffered_(buffered) {
    sorted_.resize(plan.cells.size());
    shared_.resize(plan.cells.size());
    for (std::size_t c = 0; c < plan.cells.size(); ++c) add_cell(c);
  }

  void run(TrainSink& sink, RunControl& control) {
    const auto count = static_cast<std::uint32_t>(plan_.count * plan_.cells.size());
    allocate(count);
    // An odd number of threads in the block: strides that are no power of two.
    constexpr int threads = 3;
    std::vector<double> memory(threads * 4096);
    for (std::uint32_t slot = 0; slot < count; ++slot) {
      const BlockScratch scratch{reinterpret_cast<unsigned char*>(memory.data()),
                                 static_cast<int>(slot % threads), threads};
      StartSlot<Model, Real>{group_}(slot);
      ObserveSlot<Model, Real>{group_}(slot);
      while (group_.step[slot] < group_.cell(slot).schedule.steps) {
        const std::uint64_t from = group_.step[slot];
        advance(slot, scratch);
        ObserveSlot<Model, Real>{group_}(slot);
        control.member_steps += group_.step[slot] - from;
      }
    }
    deliver(sink, count);
  }

 private:
  void add_cell(std::size_t c) {
    const TrainCell& cell = plan_.cells[c];
    GroupCell<Model> g{};
    g.settings = cell_settings(cell, Model::parameters);
    g.schedule = {cell.steps, cell.classify_every, cell.record_steps.data(),
                  static_cast<std::uint32_t>(cell.record_steps.size())};
    g.start_points = cell.start.data();
    if (cell.dataset == Dataset::shared) {
      shared_[c] =
          generate_samples(member_stream(g.settings, 0), Purpose::shared_data, cell.samples, C);
      sorted_[c] = sort_samples(shared_[c], C);
      g.shared_samples = shared_[c].data();
      g.sorted = sorted_[c].template view<std::uint32_t>();
    }
    cells_.push_back(g);
    records_ = std::max(records_, cell.record_steps.size());
  }

  void allocate(std::uint32_t count) {
    const std::size_t n = count, kept = kept_records(plan_.keep, records_);
    parameters_.resize(Model::parameters * n);
    step_.resize(n);
    next_record_.resize(n);
    status_.resize(n);
    failed_step_.resize(n);
    last_phase_.resize(n);
    doubles_.resize(2 * records_ * n);
    floats_.resize(records_ * n);
    codes_.resize(2 * records_ * n);
    plateau_.resize(records_ * n);
    record_status_.resize(records_ * n);
    kept_.resize(kept * Model::parameters * n);
    visits_.resize(n);
    visit_phase_.resize(max_visits * n);
    visit_step_.resize(max_visits * n);
    group_ = {cells_.data(),
              &plan_.levels,
              plan_.count,
              plan_.first,
              0,
              count,
              parameters_.data(),
              step_.data(),
              next_record_.data(),
              status_.data(),
              failed_step_.data(),
              last_phase_.data(),
              {}};
    group_.log = {doubles_.data(),
                  doubles_.data() + records_ * n,
                  floats_.data(),
                  codes_.data(),
                  codes_.data() + records_ * n,
                  plateau_.data(),
                  record_status_.data(),
                  1,
                  n,
                  kept_.data(),
                  static_cast<std::uint32_t>(kept),
                  1,
                  Model::parameters * n,
                  n,
                  visits_.data(),
                  visit_phase_.data(),
                  visit_step_.data(),
                  1,
                  n,
                  max_visits};
  }

  template <Dataset Data, Batching Order>
  void advance_kind(std::uint32_t slot, const BlockScratch& scratch) {
    if (buffered_) {
      AdvanceSlot<Model, Real, Data, Order, Drawing::buffered>{group_}(slot, scratch);
    } else {
      AdvanceSlot<Model, Real, Data, Order, Drawing::direct>{group_}(slot, scratch);
    }
  }

  void advance(std::uint32_t slot, const BlockScratch& scratch) {
    const CellSettings& settings = group_.cell(slot).settings;
    const bool shuffle = settings.batching == Batching::shuffle;
    if (settings.dataset == Dataset::population) {
      advance_kind<Dataset::population, Batching::shuffle>(slot, scratch);
    } else if (settings.dataset == Dataset::own && shuffle) {
      advance_kind<Dataset::own, Batching::shuffle>(slot, scratch);
    } else if (settings.dataset == Dataset::own) {
      advance_kind<Dataset::own, Batching::replacement>(slot, scratch);
    } else if (shuffle) {
      advance_kind<Dataset::shared, Batching::shuffle>(slot, scratch);
    } else {
      advance_kind<Dataset::shared, Batching::replacement>(slot, scratch);
    }
  }

  template <class T, class U>
  static void transpose(const T* from, std::size_t rows, std::size_t count, std::size_t slot,
                        std::vector<U>& to) {
    for (std::size_t r = 0; r < rows; ++r) to[r] = static_cast<U>(from[r * count + slot]);
  }

  void deliver(TrainSink& sink, std::uint32_t count) const {
    for (std::uint32_t slot = 0; slot < count; ++slot) {
      const auto cell = static_cast<std::uint32_t>(slot / plan_.count);
      TrainBlock b = make_train_block(plan_, {cell, group_.member(slot), 1});
      const std::size_t r = plan_.cells[cell].record_steps.size();
      transpose(group_.log.training_loss, r, count, slot, b.training_loss);
      transpose(group_.log.population_loss, r, count, slot, b.population_loss);
      transpose(group_.log.gradient_norm, r, count, slot, b.gradient_norm);
      transpose(group_.log.phase, r, count, slot, b.phase);
      transpose(group_.log.hull_phase, r, count, slot, b.hull_phase);
      transpose(group_.log.on_plateau, r, count, slot, b.on_plateau);
      transpose(group_.log.status, r, count, slot, b.status);
      transpose(group_.log.parameters, b.parameters.size(), count, slot, b.parameters);
      b.failed_step[0] = failed_step_[slot];
      b.visits[0] = visits_[slot];
      const std::size_t listed = std::min<std::size_t>(visits_[slot], max_visits);
      transpose(group_.log.visit_phase, listed, count, slot, b.visit_phase);
      transpose(group_.log.visit_step, listed, count, slot, b.visit_step);
      sink.accept(std::move(b));
    }
  }

  const TrainPlan& plan_;
  const bool buffered_;
  std::size_t records_ = 0;
  std::vector<std::vector<std::uint32_t>> shared_;
  std::vector<SortedSampleTable> sorted_;
  std::vector<GroupCell<Model>> cells_;
  MemberGroup<Model, Real> group_{};
  std::vector<Real> parameters_, kept_;
  std::vector<std::uint64_t> step_, failed_step_, visit_step_;
  std::vector<std::uint32_t> next_record_, visits_;
  std::vector<MemberStatus> status_, record_status_;
  std::vector<PhaseCode> last_phase_, codes_, visit_phase_;
  std::vector<double> doubles_;
  std::vector<float> floats_;
  std::vector<std::int8_t> plateau_;
};

class EmulatedBackend : public Backend {
 public:
  // buffered: draw as the CUDA kernels for small minibatches do, else as those for large ones.
  explicit EmulatedBackend(bool buffered) : buffered_(buffered) {}
  std::string description() const override { return "device code on the host"; }
  std::uint64_t memory_estimate(const TrainPlan&) const override { return 0; }
  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    if (plan.shape == ModelShape{2, 6}) return of_shape<2, 6>(plan, sink, control);
    if (plan.shape == ModelShape{3, 6}) return of_shape<3, 6>(plan, sink, control);
    throw std::invalid_argument("a model that the emulation does not have");
  }

 private:
  template <int H, int C>
  void of_shape(const TrainPlan& plan, TrainSink& sink, RunControl& control) {
    if (plan.precision == Precision::float64) {
      EmulatedRun<H, C, double>(plan, buffered_).run(sink, control);
    } else {
      EmulatedRun<H, C, float>(plan, buffered_).run(sink, control);
    }
  }
  bool buffered_;
};

}  // namespace kgon::test
