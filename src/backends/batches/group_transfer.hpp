// The results and states of a group of members on their way from a device, and back to it.
#pragma once

#include <algorithm>
#include <vector>

#include "backends/batches/transpose.hpp"
#include "engine/cell_settings.hpp"
#include "engine/train_bytes.hpp"
#include "kgon/batch/member_group.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::batches {

// Device: as TrainBatch has it. On a device an array of a group has one row per record, kept
// parameter, ...; in a block it has one per member.
template <class Device, class Model, class Real>
class GroupTransfer {
 public:
  using Group = MemberGroup<Model, Real>;
  using Queue = typename Device::Queue;

  // staging_bytes: enough for one array of a block.
  GroupTransfer(const TrainPlan& plan, std::size_t staging_bytes, Queue& queue)
      : plan_(plan), queue_(queue), staging_(staging_bytes) {}

  // Members `range`, which begin at `slot`, at the end of their run.
  TrainBlock fetch(const Group& group, std::uint64_t slot, const MemberRange& range) {
    TrainBlock block = make_train_block(plan_, range);
    for_each_array(group, block, [&](auto* device, std::size_t rows, auto& host) {
      copy(device, rows, group, slot, host);
    });
    clear_unused_visits(block);
    return block;
  }

  // The same after `step` steps, where they have been looked at.
  TrainState fetch_state(const Group& group, std::uint64_t slot, const MemberRange& range,
                         std::uint64_t step) {
    TrainState state;
    state.log = fetch(group, slot, range);
    state.step = step;
    const std::vector<std::uint64_t>& records = plan_.cells[range.cell].record_steps;
    state.next_record =
        static_cast<std::uint32_t>(std::ranges::upper_bound(records, step) - records.begin());
    clear_unused_records(records.size(), state);
    state.parameters.resize(range.count * Model::parameters);
    state.status.resize(range.count);
    state.last_phase.resize(range.count);
    copy(group.parameters, Model::parameters, group, slot, state.parameters);
    copy(group.status, 1, group, slot, state.status);
    copy(group.last_phase, 1, group, slot, state.last_phase);
    return state;
  }

  // Puts the group's members, all of one cell, where `state` has them.
  void restore(const Group& group, const TrainState& state) {
    const std::uint64_t first = plan_.first + group.first % plan_.count;
    TrainState part = part_of(state, first, group.count);
    for_each_array(group, part.log, [&](auto* device, std::size_t rows, const auto& host) {
      put(host, rows, group, device);
    });
    put(part.parameters, Model::parameters, group, group.parameters);
    put(part.status, 1, group, group.status);
    put(part.last_phase, 1, group, group.last_phase);
    put(std::vector(group.count, part.step), 1, group, group.step);
    put(std::vector(group.count, part.next_record), 1, group, group.next_record);
  }

 private:
  // visit(array on the device, its rows, array of the block)
  template <class Visit>
  void for_each_array(const Group& group, TrainBlock& block, const Visit& visit) const {
    const std::size_t records = plan_.cells[block.range.cell].record_steps.size();
    const auto& log = group.log;
    visit(log.training_loss, records, block.training_loss);
    visit(log.population_loss, records, block.population_loss);
    visit(log.gradient_norm, records, block.gradient_norm);
    visit(log.phase, records, block.phase);
    visit(log.hull_phase, records, block.hull_phase);
    visit(log.negative_biases, records, block.negative_biases);
    visit(log.on_plateau, records, block.on_plateau);
    visit(log.status, records, block.status);
    visit(log.parameters, kept_records(plan_.keep, records) * std::size_t{Model::parameters},
          block.parameters);
    visit(group.failed_step, 1, block.failed_step);
    visit(log.visits, 1, block.visits);
    visit(log.visit_phase, max_visits, block.visit_phase);
    visit(log.visit_step, max_visits, block.visit_step);
  }

  // [rows, group.count] on the device to [members, rows] in `to`.
  template <class T, class U>
  void copy(const T* from, std::size_t rows, const Group& group, std::uint64_t slot,
            std::vector<U>& to) {
    if (rows == 0) return;
    const std::size_t members = to.size() / rows;
    T* staged = static_cast<T*>(staging_.data());
    queue_.copy_rows(staged, members * sizeof(T), from + slot, group.count * sizeof(T), rows);
    queue_.synchronize();
    transpose(staged, rows, members, to.data());
  }

  // [group.count, rows] in `from` to [rows, group.count] on the device.
  template <class T, class U>
  void put(const std::vector<U>& from, std::size_t rows, const Group& group, T* to) {
    if (rows == 0) return;
    std::vector<T> turned(from.size());
    transpose(from.data(), group.count, rows, turned.data());
    queue_.put(to, turned.data(), turned.size() * sizeof(T));
    queue_.synchronize();
  }

  // Entries that no visit wrote hold what an earlier batch left there.
  static void clear_unused_visits(TrainBlock& block) {
    for (std::size_t m = 0; m < block.visits.size(); ++m) {
      for (std::size_t v = block.visits[m]; v < max_visits; ++v) {
        block.visit_phase[m * max_visits + v] = tms::phase_other;
        block.visit_step[m * max_visits + v] = 0;
      }
    }
  }

  // The same of records.
  void clear_unused_records(std::size_t records, TrainState& state) const {
    TrainBlock& log = state.log;
    const TrainBlock fresh = make_train_block(plan_, {log.range.cell, log.range.first, 1});
    const auto clear = [&](auto& array, const auto& as, std::size_t width) {
      for (std::size_t at = 0; at < array.size(); ++at)
        if (at / width % records >= state.next_record) array[at] = as[at % width];
    };
    clear(log.training_loss, fresh.training_loss, 1);
    clear(log.population_loss, fresh.population_loss, 1);
    clear(log.gradient_norm, fresh.gradient_norm, 1);
    clear(log.phase, fresh.phase, 1);
    clear(log.hull_phase, fresh.hull_phase, 1);
    clear(log.negative_biases, fresh.negative_biases, 1);
    clear(log.on_plateau, fresh.on_plateau, 1);
    clear(log.status, fresh.status, 1);
  }

  const TrainPlan& plan_;
  Queue& queue_;
  typename Device::Staging staging_;
};

}  // namespace kgon::batches
