#include "io/llc_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "io/errors.hpp"
#include "io/foreign_points.hpp"
#include "io/short_text.hpp"
#include "io/start_points.hpp"
#include "io/sweep.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

bool is_label(const std::string& at) {
  return at != "train" && !at.ends_with(".nc");
}

// Whether the point depends on dead-bias.
bool has_dead_columns(const std::string& at, int features) {
  if (!is_label(at)) return false;
  const auto code = tms::parse_phase_label(at);
  return code && tms::phase_vertices(*code) + tms::phase_positive(*code) < features;
}

std::optional<PhaseCode> selected_phase(const Study& study, const LlcPlan& plan) {
  const std::string& label = study.text("llc.at-phase");
  if (label == "any") return std::nullopt;
  const PhaseCode code = tms::parse_phase_label(label).value_or(phase_other);
  const auto levels =
      std::span(plan.levels.level).first(static_cast<std::size_t>(plan.levels.count));
  if (code != phase_other &&
      std::ranges::find(levels, code, &tms::PhaseLevel::code) == levels.end()) {
    std::string known;
    for (const tms::PhaseLevel& level : levels) known += tms::phase_label(level.code) + ", ";
    refuse(study.at("llc.at-phase"),
           fmt::format("there is no phase {} for hidden = {}, features = {}; there are {}other",
                       label, plan.shape.hidden, plan.shape.features, known));
  }
  return code;
}

RecordSelection selection_of(const Study& study, const LlcPlan& plan) {
  const std::string& choice = study.text("llc.at-records");
  RecordSelection selection;
  selection.choice = choice == "all"     ? RecordChoice::all
                     : choice == "final" ? RecordChoice::final
                                         : RecordChoice::plateau;
  selection.phase = selected_phase(study, plan);
  selection.every = static_cast<std::uint64_t>(study.integer("llc.at-every"));
  const auto one = [&](const char* key) -> std::optional<std::uint64_t> {
    const std::int64_t index = study.integer(key);
    return index < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(index));
  };
  selection.record = one("llc.at-record");
  selection.trajectory = one("llc.at-trajectory");
  selection.trajectories = static_cast<std::uint64_t>(study.integer("llc.at-trajectories"));
  return selection;
}

}  // namespace

LlcPoints::LlcPoints(const Study& study, TrainSource train, LlcPlan& plan)
    : study_(study),
      setting_(study.at("llc.at")),
      train_(std::move(train)),
      selection_(selection_of(study, plan)),
      plan_(plan) {}

const LlcPointSet& LlcPoints::at(const std::string& at, double dead_bias) {
  const double own_bias = has_dead_columns(at, plan_.shape.features) ? dead_bias : 0.0;
  const auto [entry, is_new] = sets_.try_emplace({at, own_bias});
  if (is_new) entry->second = make(at, dead_bias);
  return entry->second;
}

void LlcPoints::add(const PointOrigin& origin, const std::vector<double>& parameters) {
  if (plan_.origins.size() >= max_llc_sites)
    refuse(setting_, fmt::format("there are more than {} points", max_llc_sites));
  plan_.origins.push_back(origin);
  plan_.points.insert(plan_.points.end(), parameters.begin(), parameters.end());
}

LlcPointSet LlcPoints::make(const std::string& at, double dead_bias) {
  const auto known = std::ranges::find(plan_.names, at);
  PointOrigin origin;
  origin.name = static_cast<std::uint32_t>(known - plan_.names.begin());
  if (known == plan_.names.end()) plan_.names.push_back(at);
  LlcPointSet set;
  set.first = plan_.origins.size();
  if (is_label(at)) {
    add(origin, label_point(setting_, at, plan_.shape, dead_bias));
  } else if (at == "train" && train_.file.empty()) {
    set = from_train_plan();
  } else if (at == "train" || is_foreign_train_result(at)) {
    set = from_train(at == "train" ? train_.file : at);
  } else {
    const auto parameters = static_cast<std::size_t>(plan_.shape.parameter_count());
    const std::vector<double> points = read_foreign_points(at, plan_.shape, max_llc_sites);
    for (auto row = points.begin(); row != points.end();
         row += static_cast<std::ptrdiff_t>(parameters)) {
      ++origin.record;
      add(origin, {row, row + static_cast<std::ptrdiff_t>(parameters)});
    }
  }
  set.count = plan_.origins.size() - set.first;
  set.has_dead_columns = has_dead_columns(at, plan_.shape.features);
  return set;
}

LlcPointSet LlcPoints::from_train(const std::string& path) {
  LlcPointSet set;
  set.first = plan_.origins.size();
  PointOrigin origin;
  origin.name = static_cast<std::uint32_t>(plan_.names.size() - 1);
  const TrainRecordCounts counts =
      read_foreign_records(path, plan_.shape, selection_,
                           [&](const TrainRecord& record, const std::vector<double>& parameters,
                               const std::vector<TrainCellSource>& cells) {
                             if (set.cells.empty()) set.cells = cells;
                             origin.cell = record.cell;
                             origin.trajectory = static_cast<std::int64_t>(record.trajectory);
                             origin.record = static_cast<std::int64_t>(record.record);
                             origin.step = record.step;
                             add(origin, parameters);
                           });
  if (counts.visited == 0)
    throw UnusableFile(fmt::format(
        "{}: it has no record that is chosen by at-records, at-record, at-phase, at-every, "
        "at-trajectory and at-trajectories and has not failed{}",
        path,
        plan_.shape.hidden != 2 && selection_.choice == RecordChoice::plateau
            ? "; plateaus are those of k-gons, which hidden = 2 alone has"
            : ""));
  if (counts.failed > 0)
    notes_.push_back(fmt::format("{}: {} of its records left out: their trajectory had failed",
                                 path, counts.failed));
  if (!study_.at("llc.samples").is_default)
    notes_.push_back(fmt::format("{}: samples does not apply, its records keep their own n", path));
  return set;
}

LlcPointSet LlcPoints::from_train_plan() {
  if (train_.plan == nullptr)
    refuse(setting_,
           "train stands for the records of the train stage of `kgon run`: add a table [train] and "
           "use kgon run, or give the file of a train result");
  const bool only_last = selection_.choice == RecordChoice::final;
  const KeepParameters keep = train_.plan->keep;
  if (keep == KeepParameters::none || (keep == KeepParameters::final && !only_last))
    refuse(blamed(study_.at("train.keep-parameters"), study_.at("llc.at-records")),
           "the train stage does not keep the parameters that at = train asks for");
  LlcPointSet set;
  set.first = plan_.origins.size();
  std::size_t records = 0;
  for (const TrainCell& cell : train_.plan->cells) {
    records = std::max(records, cell.record_steps.size());
    const auto index = static_cast<std::int64_t>(set.cells.size());
    set.cells.push_back({cell.key, cell.samples, cell.dataset});
    add_expected(index, cell.record_steps);
  }
  const std::size_t expected = plan_.origins.size() - set.first;
  if (expected == 0)
    refuse(blamed(study_.at("llc.at-record"), study_.at("llc.at-trajectory")),
           fmt::format("the train stage has no such record: its trajectories are 0 to {}, their "
                       "records 0 to {}",
                       train_.plan->count - 1, records - 1));
  notes_.push_back(fmt::format(
      "at = train counts as {} until the train stage is done{}", counted(expected, "record"),
      is_choice_known() ? "" : ": which of them are chosen shows only then"));
  return set;
}

bool LlcPoints::is_choice_known() const {
  return selection_.choice != RecordChoice::plateau && !selection_.phase;
}

void LlcPoints::add_expected(std::int64_t cell, std::span<const std::uint64_t> steps) {
  const std::uint64_t members = selection_.trajectories == 0
                                    ? train_.plan->count
                                    : std::min(train_.plan->count, selection_.trajectories);
  const std::uint64_t first = selection_.trajectory.value_or(0);
  const std::uint64_t end = selection_.trajectory ? std::min(members, first + 1) : members;
  const std::size_t first_record = selection_.choice == RecordChoice::final ? steps.size() - 1 : 0;
  // Where not all are chosen it is not the bound that may pass the limit.
  const std::size_t most = is_choice_known()
                               ? max_llc_sites + 1
                               : max_llc_sites / Sweep(study_, "llc").size(max_llc_sites);
  const std::vector<double> none(static_cast<std::size_t>(plan_.shape.parameter_count()), 0.0);
  PointOrigin origin;
  origin.name = static_cast<std::uint32_t>(plan_.names.size() - 1);
  origin.cell = cell;
  for (std::uint64_t trajectory = first; trajectory < end; ++trajectory) {
    origin.trajectory = static_cast<std::int64_t>(trajectory);
    std::uint64_t chosen = 0;
    for (std::size_t record = first_record; record < steps.size(); ++record) {
      if (selection_.record && record != *selection_.record) continue;
      if (chosen++ % selection_.every != 0) continue;
      if (plan_.origins.size() >= most) return;
      origin.record = static_cast<std::int64_t>(record);
      origin.step = static_cast<std::int64_t>(steps[record]);
      add(origin, none);
      if (!train_.counts_records) return;
    }
  }
}

}  // namespace kgon
