#include "io/train_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/part_file.hpp"
#include "io/train_rows.hpp"
#include "io/verify.hpp"

namespace kgon {
namespace {

constexpr std::uint64_t buffer_bytes = std::uint64_t{32} << 20;

const TrainPlan& checked(const TrainPlan& plan) {
  if (plan.count == 0) throw std::invalid_argument("the shard has no members, nothing to write");
  if (plan.cells.empty()) throw std::invalid_argument("the study has no cells, nothing to write");
  for (const TrainCell& cell : plan.cells) {
    if (cell.record_steps.empty()) throw std::invalid_argument("a cell has no records");
  }
  return plan;
}

// Members that the buffer holds.
std::uint64_t buffered_members(const TrainPlan& plan) {
  return std::max<std::uint64_t>(1, buffer_bytes / train_member_bytes(plan));
}

}  // namespace

std::uint64_t train_writer_bytes(const TrainPlan& plan) {
  const std::uint64_t rows = std::min(buffered_members(plan), plan.count);
  const std::uint64_t cells = plan.cells.size() * (widest_record_count(plan) * 8 + 1024);
  // Arrays that grow take up to three times their size for a moment.
  return 3 * rows * train_member_bytes(plan) + cells;
}

class TrainResultWriter::Implementation {
 public:
  Implementation(std::string path, const TrainPlan& plan, const ResultMetadata& metadata);
  void write(const TrainBlock& block);
  void put_wall_seconds(double seconds) { kgon::put_wall_seconds(*file_, seconds); }
  void finish();

 private:
  void check(const TrainBlock& block) const;
  void flush();
  void flush_parameters(const Slab& members);

  const TrainLayout layout_;
  const std::uint64_t first_, count_;
  const std::size_t capacity_;  // members that the buffer holds
  PartFile part_;
  std::optional<NetcdfFile> file_;
  TrainVariables variables_;
  TrainRows rows_;
  std::uint32_t next_cell_ = 0;
  std::uint64_t next_member_;
};

TrainResultWriter::Implementation::Implementation(std::string path, const TrainPlan& plan,
                                                  const ResultMetadata& metadata)
    : layout_(checked(plan)),
      first_(plan.first),
      count_(plan.count),
      capacity_(static_cast<std::size_t>(buffered_members(plan))),
      part_(std::move(path), train_file_bytes(plan, metadata)),
      next_member_(plan.first) {
  file_.emplace(NetcdfFile::create(part_.part()));
  variables_ = define_train_result(*file_, plan, metadata);
}

void TrainResultWriter::Implementation::check(const TrainBlock& block) const {
  const MemberRange& range = block.range;
  if (range.cell != next_cell_ || range.first != next_member_ ||
      range.cell >= layout_.cells.size() || range.count > first_ + count_ - range.first) {
    throw std::logic_error(fmt::format("members {}..+{} of cell {} are not the next ones",
                                       range.first, range.count, range.cell));
  }
  check_lengths(layout_, block);
}

void TrainResultWriter::Implementation::write(const TrainBlock& block) {
  check(block);
  for (std::size_t row = 0; row < block.range.count; ++row) {
    if (rows_.count == capacity_ || (rows_.count > 0 && rows_.cell != block.range.cell)) flush();
    if (rows_.count == 0) {
      rows_.cell = block.range.cell;
      rows_.first = block.range.first + row - first_;
    }
    append_member(layout_, block, row, rows_);
  }
  next_member_ += block.range.count;
  if (next_member_ == first_ + count_) {
    ++next_cell_;
    next_member_ = first_;
  }
}

void TrainResultWriter::Implementation::flush() {
  if (rows_.count == 0) return;
  const Slab members{{rows_.cell, rows_.first}, {1, rows_.count}};
  Slab records = members, visits = members;
  records.start.push_back(0), records.count.push_back(layout_.width);
  visits.start.push_back(0), visits.count.push_back(max_visits);
  const auto put = [&](int variable, const Slab& slab, const auto& values) {
    file_->write(variables_.group, variable, slab, values.data());
  };
  put(variables_.training_loss, records, rows_.training_loss);
  put(variables_.population_loss, records, rows_.population_loss);
  put(variables_.gradient_norm, records, rows_.gradient_norm);
  put(variables_.phase, records, rows_.phase);
  put(variables_.hull_phase, records, rows_.hull_phase);
  put(variables_.negative_biases, records, rows_.negative_biases);
  put(variables_.on_plateau, records, rows_.on_plateau);
  put(variables_.status, records, rows_.status);
  put(variables_.failed_step, members, rows_.failed_step);
  put(variables_.visits, members, rows_.visits);
  put(variables_.visit_phase, visits, rows_.visit_phase);
  put(variables_.visit_step, visits, rows_.visit_step);
  flush_parameters(members);
  rows_.clear();
}

void TrainResultWriter::Implementation::flush_parameters(const Slab& members) {
  if (layout_.keep == KeepParameters::none) return;
  Slab bias = members;
  const auto add = [](Slab& slab, std::size_t length) {
    slab.start.push_back(0);
    slab.count.push_back(length);
  };
  if (layout_.keep == KeepParameters::all) add(bias, layout_.width);
  Slab weights = bias;
  add(weights, static_cast<std::size_t>(layout_.shape.hidden));
  add(weights, static_cast<std::size_t>(layout_.shape.features));
  add(bias, static_cast<std::size_t>(layout_.shape.features));
  const bool single = layout_.precision == Precision::float32;
  const auto pointer = [&](const std::vector<float>& f, const std::vector<double>& d) {
    return single ? static_cast<const void*>(f.data()) : static_cast<const void*>(d.data());
  };
  file_->write(variables_.group, variables_.weights, weights,
               pointer(rows_.weights32, rows_.weights64));
  file_->write(variables_.group, variables_.bias, bias, pointer(rows_.bias32, rows_.bias64));
}

void TrainResultWriter::Implementation::finish() {
  if (next_cell_ != layout_.cells.size()) {
    throw std::logic_error(fmt::format("the result ends at member {} of cell {} of {}",
                                       next_member_, next_cell_, layout_.cells.size()));
  }
  flush();
  file_->close();
  verify_written(part_.part(), layout_.cells.size(), count_);
  part_.publish();
}

TrainResultWriter::TrainResultWriter(std::string path, const TrainPlan& plan,
                                     const ResultMetadata& metadata)
    : implementation_(std::make_unique<Implementation>(std::move(path), plan, metadata)) {}

TrainResultWriter::~TrainResultWriter() = default;

void TrainResultWriter::write(const TrainBlock& block) {
  implementation_->write(block);
}

void TrainResultWriter::put_wall_seconds(double seconds) {
  implementation_->put_wall_seconds(seconds);
}

void TrainResultWriter::finish() {
  implementation_->finish();
}

}  // namespace kgon
