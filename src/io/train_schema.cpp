#include "io/train_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "io/critical_points_group.hpp"
#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/engine/train_block.hpp"

namespace kgon {
namespace {

struct Dimensions {
  int cell, trajectory, record, visit, hidden, feature, level;
};

bool has_padding(const TrainPlan& plan) {
  return std::ranges::any_of(plan.cells, [&](const TrainCell& cell) {
    return cell.record_steps.size() < widest_record_count(plan);
  });
}

std::string dataset_name(Dataset dataset) {
  switch (dataset) {
    case Dataset::own:
      return "own";
    case Dataset::shared:
      return "shared";
    case Dataset::population:
      return "population";
  }
  return "";
}

std::string batching_name(Batching batching) {
  return batching == Batching::shuffle ? "shuffle" : "replacement";
}

// Defines the variables of the group.
class Definition {
 public:
  Definition(NetcdfFile& file, const TrainPlan& plan)
      : plan_(plan),
        critical_points_(define_critical_points(file, plan.shape)),
        group_(file, train_group) {
    const auto cells = plan.cells.size();
    dimensions_.cell = group_.coordinate("cell", cells, 0, "cell of the sweep");
    dimensions_.trajectory =
        group_.coordinate("trajectory", plan.count, plan.first, "index of the member");
    dimensions_.record =
        group_.coordinate("record", widest_record_count(plan), 0, "index of the record, see step");
    dimensions_.visit =
        group_.coordinate("visit", max_visits, 0, "index of the visit to a plateau");
    std::tie(dimensions_.hidden, dimensions_.feature) = group_.point_coordinates(plan.shape);
    if (plan.levels.count > 0) {
      dimensions_.level = group_.coordinate("level", static_cast<std::size_t>(plan.levels.count), 0,
                                            "index of the critical point in the catalogue");
    }
  }

  TrainVariables run() {
    TrainVariables variables;
    variables.group = group_.id();
    define_cells();
    define_levels();
    define_records(variables);
    define_visits(variables);
    define_parameters(variables);
    group_.finish(critical_points_.get());
    return variables;
  }

 private:
  // A setting of the cells.
  template <class T, class Get>
  void setting(const std::string& name, const std::string& long_name, Get get,
               const std::string& units = "") {
    std::vector<T> values;
    for (const TrainCell& cell : plan_.cells) values.push_back(static_cast<T>(get(cell)));
    group_.add(name, {dimensions_.cell}, {plan_.cells.size()}, std::move(values), long_name, units);
  }

  void define_cells();
  void define_levels();
  void define_records(TrainVariables& variables);
  void define_visits(TrainVariables& variables);
  void define_parameters(TrainVariables& variables);

  const TrainPlan& plan_;
  const std::unique_ptr<GroupDefinition> critical_points_;
  GroupDefinition group_;
  Dimensions dimensions_{};
};

void Definition::define_cells() {
  using std::string;
  setting<string>("init", "start as written in the study", std::mem_fn(&TrainCell::init));
  setting<string>("settings", "canonical settings of the cell", std::mem_fn(&TrainCell::settings));
  setting<std::uint64_t>("cell_key", "Philox key of the cell", std::mem_fn(&TrainCell::key));
  setting<double>("lr", "learning rate", std::mem_fn(&TrainCell::learning_rate), "1");
  setting<std::int64_t>("batch", "samples per step", std::mem_fn(&TrainCell::batch), "1");
  setting<std::int64_t>("samples", "samples n of a data set", std::mem_fn(&TrainCell::samples),
                        "1");
  setting<double>("epochs", "passes over the data", std::mem_fn(&TrainCell::epochs), "1");
  setting<std::int64_t>("steps", "SGD steps of a member", std::mem_fn(&TrainCell::steps), "1");
  setting<std::int64_t>("classify_every", "steps between two looks at the phase",
                        std::mem_fn(&TrainCell::classify_every), "1");
  setting<double>("init_noise", "standard deviation of the noise added to the start",
                  std::mem_fn(&TrainCell::start_noise), "1");
  setting<double>("init_scale", "scale of a random start", std::mem_fn(&TrainCell::init_scale),
                  "1");
  setting<double>("dead_bias", "bias of the dead columns of the start",
                  std::mem_fn(&TrainCell::dead_bias), "1");
  setting<string>("dataset", "data that a member trains on",
                  [](const TrainCell& cell) { return dataset_name(cell.dataset); });
  setting<string>("batching", "how batches are drawn",
                  [](const TrainCell& cell) { return batching_name(cell.batching); });
  setting<std::int64_t>(
      "records", "number of records of the cell",
      [](const TrainCell& cell) { return cell.record_steps.size(); }, "1");
}

void Definition::define_levels() {
  std::vector<std::string> labels;
  std::vector<double> losses;
  for (int i = 0; i < plan_.levels.count; ++i) {
    labels.push_back(tms::phase_label(plan_.levels.level[i].code));
    losses.push_back(plan_.levels.level[i].loss);
  }
  if (labels.empty()) return;
  const std::size_t count = labels.size();
  group_.add("level_label", {dimensions_.level}, {count}, std::move(labels),
             "label of the critical point");
  group_.add("level_loss", {dimensions_.level}, {count}, std::move(losses),
             "population loss of the critical point", "1");
}

void Definition::define_records(TrainVariables& variables) {
  const Dimensions& d = dimensions_;
  const std::vector<int> dims = {d.cell, d.trajectory, d.record};
  const std::size_t width = widest_record_count(plan_);
  std::vector<std::int64_t> steps(plan_.cells.size() * width, no_step);
  for (std::size_t cell = 0; cell < plan_.cells.size(); ++cell) {
    const auto& own = plan_.cells[cell].record_steps;
    std::ranges::copy(own, steps.begin() + static_cast<std::ptrdiff_t>(cell * width));
  }
  const int step = group_.add("step", {d.cell, d.record}, {plan_.cells.size(), width},
                              std::move(steps), "SGD steps done at the record", "1");
  // Only where it is needed: with a fill value xarray turns integers into floats.
  if (has_padding(plan_)) group_.put_value(step, "_FillValue", no_step);

  variables.training_loss =
      group_.define("training_loss", NC_DOUBLE, dims, "exact loss on the member's data set", "1");
  variables.population_loss =
      group_.define("population_loss", NC_DOUBLE, dims, "population loss", "1");
  variables.gradient_norm = group_.define("gradient_norm", NC_FLOAT, dims,
                                          "norm of the gradient of the population loss", "1");

  Flags<PhaseCode> levels = level_flags(plan_.levels);
  Flags<PhaseCode> hulls = hull_flags(plan_.shape.features);
  levels.add(phase_no_record, "no_record");
  hulls.add(phase_no_record, "no_record");
  variables.phase =
      group_.define("phase", NC_SHORT, dims, "label of the structure that the point has");
  group_.put_flags(variables.phase, levels);
  variables.hull_phase = group_.define("hull_phase", NC_SHORT, dims,
                                       "hull vertices of all columns and positive biases");
  group_.put_flags(variables.hull_phase, hulls);

  variables.negative_biases =
      group_.define("negative_biases", NC_BYTE, dims,
                    "large negative biases phi: long columns whose output never fires, -1 where "
                    "there is no record",
                    "1");
  variables.on_plateau = group_.define("on_plateau", NC_BYTE, dims,
                                       "loss and gradient are those of the plateau of `phase`");
  group_.put_text(variables.on_plateau, "dtype", "bool");
  variables.status = group_.define("status", NC_BYTE, dims, "state of the member");
  Flags<std::int8_t> states;
  states.add(status_no_record, "no_record");
  add_status_flags(states);
  group_.put_flags(variables.status, states);
}

void Definition::define_visits(TrainVariables& variables) {
  const std::vector<int> members = {dimensions_.cell, dimensions_.trajectory};
  const std::vector<int> dims = {dimensions_.cell, dimensions_.trajectory, dimensions_.visit};
  variables.failed_step = group_.define("failed_step", NC_INT64, members,
                                        "first step that failed, -1 where none did", "1");
  variables.visits =
      group_.define("visits", NC_INT, members,
                    "arrivals at a plateau, those beyond the dimension visit included", "1");
  variables.visit_phase =
      group_.define("visit_phase", NC_SHORT, dims, "phases visited on their plateau, in order");
  Flags<PhaseCode> flags = level_flags(plan_.levels);
  flags.meanings.replace(0, std::strlen("other"), "no_visit");
  group_.put_flags(variables.visit_phase, flags);
  variables.visit_step =
      group_.define("visit_step", NC_INT64, dims,
                    "step at which the visit was first seen, -1 beyond the last", "1");
}

void Definition::define_parameters(TrainVariables& variables) {
  if (plan_.keep == KeepParameters::none) return;
  const bool all = plan_.keep == KeepParameters::all;
  const nc_type type = plan_.precision == Precision::float32 ? NC_FLOAT : NC_DOUBLE;
  std::vector<int> dims = {dimensions_.cell, dimensions_.trajectory};
  if (all) dims.push_back(dimensions_.record);
  std::vector<int> weight_dims = dims;
  weight_dims.push_back(dimensions_.hidden);
  weight_dims.push_back(dimensions_.feature);
  dims.push_back(dimensions_.feature);
  const std::string when = all ? "" : " at the last record";
  variables.weights =
      group_.define(all ? "W" : "W_final", type, weight_dims, "weights" + when, "1");
  variables.bias = group_.define(all ? "b" : "b_final", type, dims, "biases" + when, "1");
}

}  // namespace

std::size_t widest_record_count(const TrainPlan& plan) {
  std::size_t widest = 0;
  for (const TrainCell& cell : plan.cells) widest = std::max(widest, cell.record_steps.size());
  return widest;
}

std::uint64_t train_member_bytes(const TrainPlan& plan) {
  const std::uint64_t records = widest_record_count(plan);
  const std::uint64_t scalar = plan.precision == Precision::float32 ? 4 : 8;
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count()) * scalar;
  const std::uint64_t kept = plan.keep == KeepParameters::all     ? records
                             : plan.keep == KeepParameters::final ? 1
                                                                  : 0;
  return records * record_bytes + kept * parameters + max_visits * visit_bytes + 8 + 4;
}

std::uint64_t train_file_bytes(const TrainPlan& plan, const ResultMetadata& metadata) {
  std::uint64_t bytes = 256 * 1024 + metadata.study.size() + metadata.command.size();
  bytes += (train_member_bytes(plan) * plan.cells.size() + 8) * plan.count;
  for (const TrainCell& cell : plan.cells) {
    bytes += 512 + cell.init.size() + cell.settings.size() + 8 * widest_record_count(plan);
  }
  return bytes;
}

TrainVariables define_train_result(NetcdfFile& file, const TrainPlan& plan,
                                   const ResultMetadata& metadata) {
  put_root_attributes(file, metadata,
                      {"kgon train: SGD trajectories of the Toy Model of Superposition",
                       plan.shape,
                       plan.precision,
                       {plan.first, plan.count},
                       train_axis,
                       plan.trajectories});
  return Definition(file, plan).run();
}

}  // namespace kgon
