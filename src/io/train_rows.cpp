#include "io/train_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "engine/cell_settings.hpp"
#include "io/train_schema.hpp"

namespace kgon {
namespace {

// Appends values [row * own, (row + 1) * own) of `from`, then padding up to `width` values.
template <class To, class From>
void append(std::vector<To>& to, const std::vector<From>& from, std::size_t row, std::size_t own,
            std::size_t width, To padding) {
  for (std::size_t i = row * own; i < (row + 1) * own; ++i) to.push_back(static_cast<To>(from[i]));
  to.insert(to.end(), width - own, padding);
}

void append_records(const TrainLayout& layout, const TrainBlock& block, std::size_t row,
                    TrainRows& rows) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::size_t own = layout.cells[block.range.cell].records;
  const std::size_t width = layout.width;
  append(rows.training_loss, block.training_loss, row, own, width, nan);
  append(rows.population_loss, block.population_loss, row, own, width, nan);
  append(rows.gradient_norm, block.gradient_norm, row, own, width, static_cast<float>(nan));
  append(rows.phase, block.phase, row, own, width, phase_no_record);
  append(rows.hull_phase, block.hull_phase, row, own, width, phase_no_record);
  append(rows.negative_biases, block.negative_biases, row, own, width, std::int8_t{-1});
  append(rows.on_plateau, block.on_plateau, row, own, width, std::int8_t{0});
  append(rows.status, block.status, row, own, width, status_no_record);
}

void append_visits(const TrainBlock& block, std::size_t row, TrainRows& rows) {
  constexpr std::uint32_t largest = std::numeric_limits<std::int32_t>::max();
  const std::uint32_t visits = std::min(block.visits[row], largest);
  rows.visits.push_back(static_cast<std::int32_t>(visits));
  const std::size_t listed = std::min<std::size_t>(visits, max_visits);
  for (std::size_t i = 0; i < max_visits; ++i) {
    const std::size_t at = row * max_visits + i;
    rows.visit_phase.push_back(i < listed ? block.visit_phase[at] : tms::phase_other);
    rows.visit_step.push_back(i < listed ? static_cast<std::int64_t>(block.visit_step[at])
                                         : no_step);
  }
}

template <class T>
void append_parameters(const TrainLayout& layout, const TrainBlock& block, std::size_t row,
                       std::vector<T>& weights, std::vector<T>& bias) {
  const std::size_t kept = layout.kept(block.range.cell);
  const auto parameters = static_cast<std::size_t>(layout.shape.parameter_count());
  const auto features = static_cast<std::size_t>(layout.shape.features);
  const double* from = block.parameters.data() + row * kept * parameters;
  for (std::size_t record = 0; record < kept; ++record, from += parameters) {
    const double* middle = from + (parameters - features);
    for (const double* p = from; p != middle; ++p) weights.push_back(static_cast<T>(*p));
    for (const double* p = middle; p != from + parameters; ++p) bias.push_back(static_cast<T>(*p));
  }
  const std::size_t padding = layout.keep == KeepParameters::all ? layout.width - kept : 0;
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  weights.insert(weights.end(), padding * (parameters - features), nan);
  bias.insert(bias.end(), padding * features, nan);
}

}  // namespace

TrainLayout::TrainLayout(const TrainPlan& plan)
    : shape(plan.shape),
      precision(plan.precision),
      keep(plan.keep),
      width(widest_record_count(plan)) {
  for (const TrainCell& cell : plan.cells) {
    cells.push_back({cell.record_steps.size(), cell.steps});
  }
}

std::size_t TrainLayout::kept(std::uint32_t cell) const {
  return kept_records(keep, cells[cell].records);
}

void TrainRows::clear() {
  count = 0;
  const auto empty = [](auto&... columns) { (columns.clear(), ...); };
  empty(training_loss, population_loss, gradient_norm, phase, hull_phase, visit_phase,
        negative_biases, on_plateau, status, failed_step, visit_step, visits, weights32, bias32,
        weights64, bias64);
}

void check_lengths(const TrainLayout& layout, const TrainBlock& block) {
  const auto expect = [](const auto& values, std::size_t length, const char* name) {
    if (values.size() == length) return;
    throw std::logic_error(
        fmt::format("a block has {} values of {}, not {}", values.size(), name, length));
  };
  const std::size_t members = block.range.count;
  const std::size_t records = members * layout.cells[block.range.cell].records;
  expect(block.training_loss, records, "training_loss");
  expect(block.population_loss, records, "population_loss");
  expect(block.gradient_norm, records, "gradient_norm");
  expect(block.phase, records, "phase");
  expect(block.hull_phase, records, "hull_phase");
  expect(block.negative_biases, records, "negative_biases");
  expect(block.on_plateau, records, "on_plateau");
  expect(block.status, records, "status");
  expect(block.failed_step, members, "failed_step");
  expect(block.visits, members, "visits");
  expect(block.visit_phase, members * max_visits, "visit_phase");
  expect(block.visit_step, members * max_visits, "visit_step");
  const auto parameters = static_cast<std::size_t>(layout.shape.parameter_count());
  expect(block.parameters, members * layout.kept(block.range.cell) * parameters, "parameters");
}

void append_member(const TrainLayout& layout, const TrainBlock& block, std::size_t row,
                   TrainRows& rows) {
  append_records(layout, block, row, rows);
  const std::uint64_t failed = block.failed_step[row];
  const bool did_fail = failed <= layout.cells[block.range.cell].steps;
  rows.failed_step.push_back(did_fail ? static_cast<std::int64_t>(failed) : no_step);
  append_visits(block, row, rows);
  if (layout.precision == Precision::float32) {
    append_parameters(layout, block, row, rows.weights32, rows.bias32);
  } else {
    append_parameters(layout, block, row, rows.weights64, rows.bias64);
  }
  ++rows.count;
}

}  // namespace kgon
