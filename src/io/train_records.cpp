#include "io/train_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "io/netcdf_file.hpp"
#include "io/stored_points.hpp"
#include "io/train_result_reader.hpp"
#include "io/train_schema.hpp"
#include "kgon/core/status.hpp"

namespace kgon {
namespace {

using Visit = std::function<void(const TrainRecord&, const std::vector<double>&,
                                 const std::vector<TrainCellSource>&)>;

// Values that are read at once.
constexpr std::size_t values_at_once = std::size_t{1} << 20;

Dataset dataset_named(const NetcdfFile& file, const std::string& name) {
  if (name == "own") return Dataset::own;
  if (name == "shared") return Dataset::shared;
  if (name != "population") file.fail(fmt::format("its dataset {} is not known", name));
  return Dataset::population;
}

class Reader {
 public:
  Reader(const NetcdfFile& file, const TrainResultInfo& info, const RecordSelection& selection);
  TrainRecordCounts read(const Visit& visit);

 private:
  struct Range {
    std::size_t first, count;
  };

  void find_variables();
  void read_cells();
  void read_members(std::uint32_t cell, Range members, Range records, const Visit& visit);
  bool is_chosen(std::size_t at, std::size_t record) const;
  Range chosen_members() const;

  const NetcdfFile& file_;
  const TrainResultInfo& info_;
  const RecordSelection& selection_;
  const int group_;
  const bool all_;  // every record has its parameters
  std::size_t members_ = 0, width_ = 0;
  NetcdfVariable status_, phase_, on_plateau_, weights_, biases_;
  std::vector<std::int64_t> records_, steps_;
  std::vector<TrainCellSource> cells_;
  // Of the slab being read: [members, records].
  std::vector<std::int8_t> states_, plateaus_;
  std::vector<PhaseCode> phases_;
  PointRows points_;
  TrainRecordCounts counts_;
};

Reader::Reader(const NetcdfFile& file, const TrainResultInfo& info,
               const RecordSelection& selection)
    : file_(file),
      info_(info),
      selection_(selection),
      group_(file.find_group(train_group)),
      all_(info.keep == KeepParameters::all),
      points_(info.shape) {
  find_variables();
  read_cells();
}

void Reader::find_variables() {
  const std::vector<std::size_t> shape = file_.find_variable(group_, "status").shape();
  if (shape.size() != 3 || shape[0] != info_.cells)
    file_.fail("its variable status has another type or shape than kgon writes");
  members_ = shape[1];
  width_ = shape[2];
  status_ = expect_variable(file_, group_, "status", {NC_BYTE}, shape);
  phase_ = expect_variable(file_, group_, "phase", {NC_SHORT}, shape);
  on_plateau_ = expect_variable(file_, group_, "on_plateau", {NC_BYTE}, shape);
  const auto hidden = static_cast<std::size_t>(info_.shape.hidden);
  const auto features = static_cast<std::size_t>(info_.shape.features);
  std::vector<std::size_t> biases = {shape[0], shape[1]};
  if (all_) biases.push_back(width_);
  std::vector<std::size_t> weights = biases;
  weights.insert(weights.end(), {hidden, features});
  biases.push_back(features);
  const auto reals = {NC_FLOAT, NC_DOUBLE};
  weights_ = expect_variable(file_, group_, all_ ? "W" : "W_final", reals, weights);
  biases_ = expect_variable(file_, group_, all_ ? "b" : "b_final", reals, biases);
}

void Reader::read_cells() {
  const std::size_t cells = info_.cells;
  const Slab whole{{0}, {cells}};
  const auto read = [&](const char* name, nc_type type, auto& values) {
    values.resize(cells);
    const NetcdfVariable variable = expect_variable(file_, group_, name, {type}, {cells});
    file_.read(group_, variable.id, whole, values.data());
  };
  std::vector<std::uint64_t> keys;
  std::vector<std::int64_t> samples;
  read("records", NC_INT64, records_);
  read("cell_key", NC_UINT64, keys);
  read("samples", NC_INT64, samples);
  const NetcdfVariable dataset = expect_variable(file_, group_, "dataset", {NC_STRING}, {cells});
  const std::vector<std::string> names = file_.read_strings(group_, dataset.id, whole);
  const NetcdfVariable step = expect_variable(file_, group_, "step", {NC_INT64}, {cells, width_});
  steps_.resize(cells * width_);
  file_.read(group_, step.id, {{0, 0}, {cells, width_}}, steps_.data());
  for (std::size_t i = 0; i < cells; ++i) {
    const auto in_range = [&](const char* name, std::int64_t value, std::int64_t high) {
      if (value < 1 || value > high)
        file_.fail(fmt::format("its variable {} is out of range", name));
    };
    in_range("records", records_[i], static_cast<std::int64_t>(width_));
    in_range("samples", samples[i], std::numeric_limits<std::int32_t>::max());
    cells_.push_back(
        {keys[i], static_cast<std::uint32_t>(samples[i]), dataset_named(file_, names[i])});
  }
}

TrainRecordCounts Reader::read(const Visit& visit) {
  const Range members = chosen_members();
  for (std::uint32_t cell = 0; cell < info_.cells; ++cell) {
    const auto own = static_cast<std::size_t>(records_[cell]);
    const bool only_last = selection_.choice == RecordChoice::final;
    const Range records = only_last ? Range{own - 1, 1} : Range{0, own};
    const auto parameters = static_cast<std::size_t>(info_.shape.parameter_count());
    const std::size_t step =
        std::max<std::size_t>(1, values_at_once / (parameters * records.count));
    const std::size_t end = members.first + members.count;
    for (std::size_t first = members.first; first < end; first += step)
      read_members(cell, {first, std::min(step, end - first)}, records, visit);
  }
  return counts_;
}

// Of each cell, as they stand in the file.
Reader::Range Reader::chosen_members() const {
  const std::size_t count =
      selection_.trajectories == 0
          ? members_
          : std::min(members_, static_cast<std::size_t>(selection_.trajectories));
  if (!selection_.trajectory) return {0, count};
  const std::uint64_t first = *selection_.trajectory - info_.first;  // wraps where it is before
  return first < count ? Range{static_cast<std::size_t>(first), 1} : Range{0, 0};
}

bool Reader::is_chosen(std::size_t at, std::size_t record) const {
  if (selection_.record && record != *selection_.record) return false;
  if (selection_.choice == RecordChoice::plateau && plateaus_[at] == 0) return false;
  return !selection_.phase || phases_[at] == *selection_.phase;
}

void Reader::read_members(std::uint32_t cell, Range members, Range records, const Visit& visit) {
  const Slab slab{{cell, members.first, records.first}, {1, members.count, records.count}};
  const auto read = [&](const NetcdfVariable& variable, auto& values) {
    values.resize(slab.elements());
    file_.read(group_, variable.id, slab, values.data());
  };
  read(status_, states_);
  read(phase_, phases_);
  read(on_plateau_, plateaus_);
  const Slab final{{cell, members.first}, {1, members.count}};
  points_.read(file_, group_, weights_, biases_, all_ ? slab : final);
  for (std::size_t m = 0; m < members.count; ++m) {
    std::uint64_t chosen = 0;
    for (std::size_t r = 0; r < records.count; ++r) {
      const std::size_t at = m * records.count + r;
      if (!is_chosen(at, records.first + r) || chosen++ % selection_.every != 0) continue;
      if (states_[at] != static_cast<std::int8_t>(MemberStatus::ok)) {
        ++counts_.failed;
        continue;
      }
      const std::size_t record = records.first + r;
      visit({cell, info_.first + members.first + m, record, steps_[cell * width_ + record]},
            points_.row(at), cells_);
      ++counts_.visited;
    }
  }
}

}  // namespace

TrainRecordCounts read_train_records(const std::string& path, const ModelShape& shape,
                                     const RecordSelection& selection, const Visit& visit) {
  const TrainResultInfo info = read_train_info(path);
  const NetcdfFile file = NetcdfFile::open(path);
  if (!(info.shape == shape)) {
    file.fail(
        fmt::format("its points have hidden = {}, features = {}, not hidden = {}, features = {}",
                    info.shape.hidden, info.shape.features, shape.hidden, shape.features));
  }
  if (info.keep == KeepParameters::none)
    file.fail("it has no parameters: it was written with keep-parameters none");
  if (info.keep == KeepParameters::final && selection.choice != RecordChoice::final)
    file.fail(
        "it has the parameters of last records alone: it was written with keep-parameters final, "
        "so at-records must be final");
  return Reader(file, info, selection).read(visit);
}

}  // namespace kgon
