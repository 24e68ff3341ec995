#include "engine/train_bytes.hpp"

#include <algorithm>

#include "engine/cell_settings.hpp"

namespace kgon {
namespace {

// Every array of a block, in the order of the bytes.
template <class Block, class Visit>
void for_each_array(Block& block, const Visit& visit) {
  visit(block.training_loss);
  visit(block.population_loss);
  visit(block.gradient_norm);
  visit(block.phase);
  visit(block.hull_phase);
  visit(block.negative_biases);
  visit(block.on_plateau);
  visit(block.status);
  visit(block.parameters);
  visit(block.failed_step);
  visit(block.visits);
  visit(block.visit_phase);
  visit(block.visit_step);
}

template <class State, class Visit>
void for_each_array_of_state(State& state, const Visit& visit) {
  visit(state.parameters);
  visit(state.status);
  visit(state.last_phase);
}

void put(const MemberRange& range, ByteWriter& bytes) {
  bytes.put(range.cell);
  bytes.put(range.first);
  bytes.put(range.count);
}

MemberRange get_range(ByteReader& bytes, const TrainPlan& plan) {
  MemberRange range;
  bytes.get(range.cell);
  bytes.get(range.first);
  bytes.get(range.count);
  const bool is_inside = range.cell < plan.cells.size() && range.count > 0 &&
                         range.count <= plan.count && range.first >= plan.first &&
                         range.first - plan.first <= plan.count - range.count;
  if (!is_inside) throw DamagedBytes("members that are not of this run");
  return range;
}

void put(const TrainBlock& block, ByteWriter& bytes) {
  put(block.range, bytes);
  for_each_array(block, [&](const auto& array) { bytes.put(array); });
}

TrainBlock get_block(ByteReader& bytes, const TrainPlan& plan) {
  const MemberRange range = get_range(bytes, plan);
  // Before there is memory for as many members as a damaged number says.
  const std::uint64_t row = block_member_bytes(plan, plan.cells[range.cell]);
  if (range.count > bytes.rest().size() / row) throw DamagedBytes("a block is cut off");
  TrainBlock block = make_train_block(plan, range);
  for_each_array(block, [&](auto& array) {
    const std::size_t size = array.size();
    bytes.get(array);
    if (array.size() != size) throw DamagedBytes("an array of another size than the study's");
  });
  return block;
}

// The members' rows of an array that has `members` of them.
template <class T>
std::vector<T> rows(const std::vector<T>& array, std::uint64_t members, std::uint64_t skipped,
                    std::uint64_t count) {
  const std::size_t row = array.size() / members;
  const auto first = array.begin() + static_cast<std::ptrdiff_t>(skipped * row);
  return {first, first + static_cast<std::ptrdiff_t>(count * row)};
}

}  // namespace

Bytes to_bytes(const TrainBlock& block) {
  ByteWriter bytes;
  put(block, bytes);
  return bytes.take();
}

Bytes to_bytes(const TrainState& state) {
  ByteWriter bytes;
  put(state.log, bytes);
  bytes.put(state.step);
  bytes.put(state.next_record);
  for_each_array_of_state(state, [&](const auto& array) { bytes.put(array); });
  return bytes.take();
}

TrainBlock train_block_from(std::span<const std::byte> bytes, const TrainPlan& plan) {
  ByteReader reader(bytes);
  TrainBlock block = get_block(reader, plan);
  reader.expect_end();
  return block;
}

MemberRange train_range_from(std::span<const std::byte> bytes, const TrainPlan& plan) {
  ByteReader reader(bytes);
  return get_range(reader, plan);
}

TrainState train_state_from(std::span<const std::byte> bytes, const TrainPlan& plan) {
  ByteReader reader(bytes);
  TrainState state;
  state.log = get_block(reader, plan);
  reader.get(state.step);
  reader.get(state.next_record);
  for_each_array_of_state(state, [&](auto& array) { reader.get(array); });
  reader.expect_end();
  const TrainCell& cell = plan.cells[state.log.range.cell];
  const std::size_t members = state.log.range.count;
  // Whether the record at the step itself is written depends on the back end.
  const auto& steps = cell.record_steps;
  const auto before = std::ranges::lower_bound(steps, state.step) - steps.begin();
  const auto after = std::ranges::upper_bound(steps, state.step) - steps.begin();
  const bool fits =
      state.step <= cell.steps && (state.next_record == before || state.next_record == after) &&
      state.parameters.size() == members * static_cast<std::size_t>(plan.shape.parameter_count()) &&
      state.status.size() == members && state.last_phase.size() == members;
  if (!fits) throw DamagedBytes("a state that is not of this study");
  return state;
}

TrainState part_of(const TrainState& state, std::uint64_t first, std::uint64_t count) {
  const MemberRange& range = state.log.range;
  const auto cut = [&](auto& array) {
    array = rows(array, range.count, first - range.first, count);
  };
  TrainState part = state;
  for_each_array(part.log, cut);
  for_each_array_of_state(part, cut);
  part.log.range = {range.cell, first, count};
  return part;
}

}  // namespace kgon
