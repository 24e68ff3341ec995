#include "engine/cell_settings.hpp"

namespace kgon {

CellSettings cell_settings(const TrainCell& cell, int parameter_count) {
  CellSettings s{};
  s.key = cell.key;
  s.learning_rate = cell.learning_rate;
  s.start_noise = cell.start_noise;
  s.samples = cell.samples;
  s.batch = cell.batch;
  s.indices = index_law(cell.samples);
  s.start_points =
      static_cast<std::uint32_t>(cell.start.size() / static_cast<std::size_t>(parameter_count));
  s.grid = permutation_grid(cell.samples);
  s.dataset = cell.dataset;
  s.batching = cell.batching;
  return s;
}

std::uint32_t kept_records(KeepParameters keep, std::size_t records) {
  switch (keep) {
    case KeepParameters::none:
      return 0;
    case KeepParameters::final:
      return 1;
    case KeepParameters::all:
      return static_cast<std::uint32_t>(records);
  }
  return 0;
}

TrainBlock make_train_block(const TrainPlan& plan, const MemberRange& range) {
  const std::size_t members = range.count;
  const std::size_t records = plan.cells[range.cell].record_steps.size();
  const std::size_t parameters = static_cast<std::size_t>(plan.shape.parameter_count());
  TrainBlock block;
  block.range = range;
  block.training_loss.resize(members * records);
  block.population_loss.resize(members * records);
  block.gradient_norm.resize(members * records);
  block.phase.assign(members * records, tms::phase_other);
  block.hull_phase.assign(members * records, tms::phase_other);
  block.negative_biases.resize(members * records);
  block.on_plateau.resize(members * records);
  block.status.resize(members * records);
  block.parameters.resize(members * kept_records(plan.keep, records) * parameters);
  block.failed_step.resize(members);
  block.visits.resize(members);
  block.visit_phase.assign(members * max_visits, tms::phase_other);
  block.visit_step.resize(members * max_visits);
  return block;
}

std::uint64_t block_bytes(const TrainBlock& block) {
  const auto sum = [](const auto&... arrays) {
    return ((arrays.size() * sizeof(arrays[0])) + ... + std::uint64_t{0});
  };
  return sum(block.training_loss, block.population_loss, block.gradient_norm, block.phase,
             block.hull_phase, block.negative_biases, block.on_plateau, block.status,
             block.parameters, block.failed_step, block.visits, block.visit_phase,
             block.visit_step);
}

std::uint64_t block_member_bytes(const TrainPlan& plan, const TrainCell& cell) {
  constexpr std::uint64_t per_member = 8 + 4 + max_visits * visit_bytes;
  const std::uint64_t records = cell.record_steps.size();
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
  return records * record_bytes + kept_records(plan.keep, records) * parameters * sizeof(double) +
         per_member;
}

MemberLog<double> block_log(const TrainPlan& plan, TrainBlock& block) {
  const std::uint64_t records = plan.cells[block.range.cell].record_steps.size();
  const std::uint32_t kept = kept_records(plan.keep, records);
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
  return {block.training_loss.data(),
          block.population_loss.data(),
          block.gradient_norm.data(),
          block.phase.data(),
          block.hull_phase.data(),
          block.negative_biases.data(),
          block.on_plateau.data(),
          block.status.data(),
          records,
          1,
          block.parameters.data(),
          kept,
          kept * parameters,
          parameters,
          1,
          block.visits.data(),
          block.visit_phase.data(),
          block.visit_step.data(),
          max_visits,
          1,
          max_visits};
}

}  // namespace kgon
