// State and log of a group of members on one device, member innermost.
#pragma once

#include <cstdint>

#include "backends/cuda/device_array.hpp"
#include "engine/cell_settings.hpp"
#include "kgon/batch/train_members.hpp"
#include "kgon/engine/train_block.hpp"

namespace kgon::cuda {

// Entries of the log that each member needs, the largest over the cells.
struct LogShape {
  std::uint32_t records = 0;
  std::uint32_t kept_records = 0;
};

inline LogShape log_shape(const TrainPlan& plan) {
  LogShape shape;
  for (const TrainCell& cell : plan.cells) {
    const auto records = static_cast<std::uint32_t>(cell.record_steps.size());
    shape.records = records > shape.records ? records : shape.records;
  }
  shape.kept_records = kept_records(plan.keep, shape.records);
  return shape;
}

template <class Model, class Real>
class DeviceMembers {
 public:
  static constexpr std::size_t P = Model::parameters;

  static std::size_t bytes_per_member(const LogShape& shape) {
    const std::size_t state = P * sizeof(Real) + 8 + 4 + 1 + 8 + 2 + 4;
    const std::size_t record = 8 + 8 + 4 + 2 + 2 + 1 + 1;
    return state + shape.records * record + shape.kept_records * P * sizeof(Real) +
           max_visits * (2 + 8);
  }

  DeviceMembers(std::uint32_t capacity, const LogShape& shape)
      : shape_(shape),
        parameters_(P * capacity),
        step_(capacity),
        next_record_(capacity),
        status_(capacity),
        failed_step_(capacity),
        last_phase_(capacity),
        training_loss_(entries(shape.records, capacity)),
        population_loss_(entries(shape.records, capacity)),
        gradient_norm_(entries(shape.records, capacity)),
        phase_(entries(shape.records, capacity)),
        hull_phase_(entries(shape.records, capacity)),
        on_plateau_(entries(shape.records, capacity)),
        record_status_(entries(shape.records, capacity)),
        kept_(entries(shape.kept_records, capacity) * P),
        visits_(capacity),
        visit_phase_(entries(max_visits, capacity)),
        visit_step_(entries(max_visits, capacity)) {}

  // `count` members from flat index `first` on.
  MemberGroup<Model, Real> group(const TrainPlan& plan, const GroupCell<Model>* cells,
                                 const typename Model::Levels* levels, std::uint64_t first,
                                 std::uint32_t count) const {
    MemberGroup<Model, Real> g{};
    g.cells = cells;
    g.levels = levels;
    g.members_per_cell = plan.count;
    g.first_member = plan.first;
    g.first = first;
    g.count = count;
    g.parameters = parameters_.data();
    g.step = step_.data();
    g.next_record = next_record_.data();
    g.status = status_.data();
    g.failed_step = failed_step_.data();
    g.last_phase = last_phase_.data();
    g.log = {training_loss_.data(),
             population_loss_.data(),
             gradient_norm_.data(),
             phase_.data(),
             hull_phase_.data(),
             on_plateau_.data(),
             record_status_.data(),
             1,
             count,
             kept_.data(),
             shape_.kept_records,
             1,
             P * count,
             count,
             visits_.data(),
             visit_phase_.data(),
             visit_step_.data(),
             1,
             count,
             max_visits};
    return g;
  }

 private:
  static std::size_t entries(std::size_t per_member, std::uint32_t capacity) {
    return per_member * capacity;
  }

  LogShape shape_;
  DeviceArray<Real> parameters_;
  DeviceArray<std::uint64_t> step_;
  DeviceArray<std::uint32_t> next_record_;
  DeviceArray<MemberStatus> status_;
  DeviceArray<std::uint64_t> failed_step_;
  DeviceArray<PhaseCode> last_phase_;
  DeviceArray<double> training_loss_, population_loss_;
  DeviceArray<float> gradient_norm_;
  DeviceArray<PhaseCode> phase_, hull_phase_;
  DeviceArray<std::int8_t> on_plateau_;
  DeviceArray<MemberStatus> record_status_;
  DeviceArray<Real> kept_;
  DeviceArray<std::uint32_t> visits_;
  DeviceArray<PhaseCode> visit_phase_;
  DeviceArray<std::uint64_t> visit_step_;
};

}  // namespace kgon::cuda
