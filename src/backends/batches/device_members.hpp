// State and log of a group of members on one device, member innermost.
#pragma once

#include <cstdint>

#include "backends/batches/device_cells.hpp"
#include "backends/batches/sizes.hpp"
#include "backends/batches/work_queue.hpp"
#include "kgon/batch/member_group.hpp"
#include "kgon/engine/train_block.hpp"

namespace kgon::batches {

template <class Device, class Model, class Real>
class DeviceMembers {
 public:
  static constexpr std::size_t P = Model::parameters;

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
        negative_biases_(entries(shape.records, capacity)),
        on_plateau_(entries(shape.records, capacity)),
        record_status_(entries(shape.records, capacity)),
        kept_(entries(shape.kept_records, capacity) * P),
        visits_(capacity),
        visit_phase_(entries(max_visits, capacity)),
        visit_step_(entries(max_visits, capacity)) {}

  // The members of `range`, no more than there is room for.
  MemberGroup<Model, Real> group(const TrainPlan& plan, const DeviceCells<Device, Model>& cells,
                                 const FlatRange& range, std::uint32_t steps_per_launch) const {
    const std::uint32_t count = range.count;
    MemberGroup<Model, Real> g{};
    g.cells = cells.cells();
    g.levels = cells.levels();
    g.members_per_cell = plan.count;
    g.first_member = plan.first;
    g.first = range.first;
    g.count = count;
    g.steps_per_launch = steps_per_launch;
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
             negative_biases_.data(),
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
  template <class T>
  using Array = typename Device::template Array<T>;

  static std::size_t entries(std::size_t per_member, std::uint32_t capacity) {
    return per_member * capacity;
  }

  LogShape shape_;
  Array<Real> parameters_;
  Array<std::uint64_t> step_;
  Array<std::uint32_t> next_record_;
  Array<MemberStatus> status_;
  Array<std::uint64_t> failed_step_;
  Array<PhaseCode> last_phase_;
  Array<double> training_loss_, population_loss_;
  Array<float> gradient_norm_;
  Array<PhaseCode> phase_, hull_phase_;
  Array<std::int8_t> negative_biases_, on_plateau_;
  Array<MemberStatus> record_status_;
  Array<Real> kept_;
  Array<std::uint32_t> visits_;
  Array<PhaseCode> visit_phase_;
  Array<std::uint64_t> visit_step_;
};

}  // namespace kgon::batches
