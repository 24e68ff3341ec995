#include "io/train_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "io/netcdf_file.hpp"
#include "io/slabs.hpp"
#include "kgon/core/status.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/engine/train_block.hpp"

namespace kgon {
namespace {

struct Dimensions {
  int cell, trajectory, record, visit, hidden, feature, level;
};

struct Flags {
  std::vector<tms::PhaseCode> values;
  std::string meanings;  // blank separated, as CF asks

  void add(tms::PhaseCode value, const std::string& meaning) {
    values.push_back(value);
    meanings += (meanings.empty() ? "" : " ") + meaning;
  }
};

Flags level_flags(const TrainPlan& plan) {
  Flags flags;
  flags.add(tms::phase_other, "other");
  for (int i = 0; i < plan.levels.count; ++i) {
    const tms::PhaseCode code = plan.levels.level[i].code;
    flags.add(code, tms::phase_label(code));
  }
  return flags;
}

Flags hull_flags(const TrainPlan& plan) {
  Flags flags;
  flags.add(tms::phase_other, "other");
  for (int k = 0; k <= plan.shape.features; ++k) {
    for (int sigma = 0; sigma <= plan.shape.features; ++sigma) {
      const tms::PhaseCode code = tms::phase_code(k, sigma, 0);
      flags.add(code, tms::phase_label(code));
    }
  }
  return flags;
}

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

// Defines the variables of the group; the ones without members are written by `later`, once all
// are defined (switching between the two modes is slow in HDF5).
class Definition {
 public:
  Definition(NetcdfFile& file, const TrainPlan& plan)
      : file_(file), plan_(plan), group_(file.define_group(train_group)) {
    const auto cells = plan.cells.size();
    dimensions_.cell = coordinate("cell", cells, 0, "cell of the sweep");
    dimensions_.trajectory =
        coordinate("trajectory", plan.count, plan.first, "index of the member");
    dimensions_.record =
        coordinate("record", widest_record_count(plan), 0, "index of the record, see step");
    dimensions_.visit = coordinate("visit", max_visits, 0, "index of the visit to a plateau");
    dimensions_.hidden = coordinate("hidden", static_cast<std::size_t>(plan.shape.hidden), 0,
                                    "index of the hidden dimension, a row of W");
    dimensions_.feature = coordinate("feature", static_cast<std::size_t>(plan.shape.features), 0,
                                     "index of the feature, a column of W");
    if (plan.levels.count > 0) {
      dimensions_.level = coordinate("level", static_cast<std::size_t>(plan.levels.count), 0,
                                     "index of the critical point in the catalogue");
    }
  }

  TrainVariables run() {
    TrainVariables variables;
    variables.group = group_;
    define_cells();
    define_levels();
    define_records(variables);
    define_visits(variables);
    define_parameters(variables);
    file_.end_definitions();
    for (const auto& write : later_) write();
    return variables;
  }

 private:
  int define(const std::string& name, nc_type type, const std::vector<int>& dimensions,
             const std::string& long_name, const std::string& units = "") {
    const int variable = file_.define_variable(group_, name, type, dimensions);
    file_.put_text(group_, variable, "long_name", long_name);
    if (!units.empty()) file_.put_text(group_, variable, "units", units);
    if (type == NC_FLOAT)
      file_.put_value(group_, variable, "_FillValue", std::numeric_limits<float>::quiet_NaN());
    if (type == NC_DOUBLE)
      file_.put_value(group_, variable, "_FillValue", std::numeric_limits<double>::quiet_NaN());
    return variable;
  }

  // first, first + 1, ...: written in pieces, there may be many members.
  int coordinate(const std::string& name, std::size_t length, std::uint64_t first,
                 const std::string& long_name) {
    const int dimension = file_.define_dimension(group_, name, length);
    const int variable = define(name, NC_INT64, {dimension}, long_name);
    later_.push_back([this, variable, length, first] {
      for_each_slab({length}, 1 << 16, [&](const Slab& slab) {
        std::vector<std::int64_t> index(slab.count[0]);
        std::iota(index.begin(), index.end(), static_cast<std::int64_t>(first + slab.start[0]));
        file_.write(group_, variable, slab, index.data());
      });
    });
    return dimension;
  }

  // A variable that is known now. T: a number or std::string.
  template <class T>
  int add(const std::string& name, const std::vector<int>& dimensions,
          const std::vector<std::size_t>& shape, std::vector<T> values,
          const std::string& long_name, const std::string& units = "") {
    const int variable = define(name, netcdf_type<T>(), dimensions, long_name, units);
    later_.push_back([this, variable, values = std::move(values),
                      slab = Slab{std::vector<std::size_t>(shape.size(), 0), shape}] {
      if constexpr (std::is_same_v<T, std::string>) {
        file_.write_strings(group_, variable, slab, values);
      } else {
        file_.write(group_, variable, slab, values.data());
      }
    });
    return variable;
  }

  // A setting of the cells.
  template <class T, class Get>
  void setting(const std::string& name, const std::string& long_name, Get get,
               const std::string& units = "") {
    std::vector<T> values;
    for (const TrainCell& cell : plan_.cells) values.push_back(static_cast<T>(get(cell)));
    add(name, {dimensions_.cell}, {plan_.cells.size()}, std::move(values), long_name, units);
  }

  void define_cells();
  void define_levels();
  void define_records(TrainVariables& variables);
  void define_visits(TrainVariables& variables);
  void define_parameters(TrainVariables& variables);
  void put_flags(int variable, const Flags& flags) {
    file_.put_values<tms::PhaseCode>(group_, variable, "flag_values", flags.values);
    file_.put_text(group_, variable, "flag_meanings", flags.meanings);
  }

  NetcdfFile& file_;
  const TrainPlan& plan_;
  const int group_;
  Dimensions dimensions_{};
  std::vector<std::function<void()>> later_;
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
  add("level_label", {dimensions_.level}, {count}, std::move(labels),
      "label of the critical point");
  add("level_loss", {dimensions_.level}, {count}, std::move(losses),
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
  const int step = add("step", {d.cell, d.record}, {plan_.cells.size(), width}, std::move(steps),
                       "SGD steps done at the record", "1");
  // Only where it is needed: with a fill value xarray turns integers into floats.
  if (has_padding(plan_)) file_.put_value(group_, step, "_FillValue", no_step);

  variables.training_loss =
      define("training_loss", NC_DOUBLE, dims, "exact loss on the member's data set", "1");
  variables.population_loss = define("population_loss", NC_DOUBLE, dims, "population loss", "1");
  variables.gradient_norm =
      define("gradient_norm", NC_FLOAT, dims, "norm of the gradient of the population loss", "1");

  Flags levels = level_flags(plan_);
  Flags hulls = hull_flags(plan_);
  levels.add(phase_no_record, "no_record");
  hulls.add(phase_no_record, "no_record");
  variables.phase = define("phase", NC_SHORT, dims, "label of the structure that the point has");
  put_flags(variables.phase, levels);
  variables.hull_phase =
      define("hull_phase", NC_SHORT, dims, "hull vertices of all columns and positive biases");
  put_flags(variables.hull_phase, hulls);

  variables.on_plateau =
      define("on_plateau", NC_BYTE, dims, "loss and gradient are those of the plateau of `phase`");
  file_.put_text(group_, variables.on_plateau, "dtype", "bool");
  variables.status = define("status", NC_BYTE, dims, "state of the member");
  const std::vector<std::int8_t> codes = {status_no_record,
                                          static_cast<std::int8_t>(MemberStatus::ok),
                                          static_cast<std::int8_t>(MemberStatus::non_finite),
                                          static_cast<std::int8_t>(MemberStatus::diverged)};
  file_.put_values<std::int8_t>(group_, variables.status, "flag_values", codes);
  file_.put_text(group_, variables.status, "flag_meanings", "no_record ok non_finite diverged");
}

void Definition::define_visits(TrainVariables& variables) {
  const std::vector<int> members = {dimensions_.cell, dimensions_.trajectory};
  const std::vector<int> dims = {dimensions_.cell, dimensions_.trajectory, dimensions_.visit};
  variables.failed_step =
      define("failed_step", NC_INT64, members, "first step that failed, -1 where none did", "1");
  variables.visits =
      define("visits", NC_INT, members,
             "arrivals at a plateau, those beyond the dimension visit included", "1");
  variables.visit_phase =
      define("visit_phase", NC_SHORT, dims, "phases visited on their plateau, in order");
  Flags flags = level_flags(plan_);
  flags.meanings.replace(0, std::strlen("other"), "no_visit");
  put_flags(variables.visit_phase, flags);
  variables.visit_step = define("visit_step", NC_INT64, dims,
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
  variables.weights = define(all ? "W" : "W_final", type, weight_dims, "weights" + when, "1");
  variables.bias = define(all ? "b" : "b_final", type, dims, "biases" + when, "1");
}

void put_root(NetcdfFile& file, const TrainPlan& plan, const ResultMetadata& metadata) {
  const auto text = [&](const char* name, const std::string& value) {
    file.put_text(file.root(), NC_GLOBAL, name, value);
  };
  const auto integer = [&](const char* name, std::uint64_t value) {
    file.put_value(file.root(), NC_GLOBAL, name, static_cast<std::int64_t>(value));
  };
  text("title", "kgon train: SGD trajectories of the Toy Model of Superposition");
  text("Conventions", "CF-1.8");
  text("kgon_version", metadata.version);
  text("study", metadata.study);
  text("study_hash", metadata.study_hash);
  file.put_value(file.root(), NC_GLOBAL, "seed", metadata.seed);
  text("device", metadata.device);
  text("command", metadata.command);
  text("created_at", creation_time());
  integer("shard_first", plan.first);
  integer("shard_count", plan.count);
  integer("trajectories", plan.trajectories);
  integer("hidden", static_cast<std::uint64_t>(plan.shape.hidden));
  integer("features", static_cast<std::uint64_t>(plan.shape.features));
  text("precision", plan.precision == Precision::float32 ? "float" : "double");
}

}  // namespace

std::size_t widest_record_count(const TrainPlan& plan) {
  std::size_t widest = 0;
  for (const TrainCell& cell : plan.cells) widest = std::max(widest, cell.record_steps.size());
  return widest;
}

std::uint64_t train_member_bytes(const TrainPlan& plan) {
  constexpr std::uint64_t per_record = 8 + 8 + 4 + 2 + 2 + 1 + 1;
  constexpr std::uint64_t per_visit = 2 + 8;
  const std::uint64_t records = widest_record_count(plan);
  const std::uint64_t scalar = plan.precision == Precision::float32 ? 4 : 8;
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count()) * scalar;
  const std::uint64_t kept = plan.keep == KeepParameters::all     ? records
                             : plan.keep == KeepParameters::final ? 1
                                                                  : 0;
  return records * per_record + kept * parameters + max_visits * per_visit + 8 + 4;
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
  put_root(file, plan, metadata);
  return Definition(file, plan).run();
}

std::string creation_time() {
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    std::int64_t seconds = 0;
    const char* end = epoch + std::strlen(epoch);
    const auto parsed = std::from_chars(epoch, end, seconds);
    if (parsed.ec == std::errc() && parsed.ptr == end && epoch != end) {
      now = static_cast<std::time_t>(seconds);
    }
  }
  std::tm utc{};
  if (gmtime_r(&now, &utc) == nullptr) return "";
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text, length};
}

}  // namespace kgon
