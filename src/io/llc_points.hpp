// The points of an `llc` study: labels, records of train results and files of points.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/study.hpp"
#include "io/train_records.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

// More sites than this, and more points, are taken for a mistake.
inline constexpr std::uint64_t max_llc_sites = 10'000'000;

// What `at = train` stands for: a result, or while that is not there the plan that will lead to it.
struct TrainSource {
  std::string file;                 // empty: not there yet
  const TrainPlan* plan = nullptr;  // nullptr: there is no such stage
  // Of a plan every record is a point, as a dry run counts them; else one of each cell is, which is
  // all that it takes to check the settings. Parameters of such points are 0.
  bool counts_records = false;
};

// Points first..first+count-1 of the plan.
struct LlcPointSet {
  std::size_t first = 0, count = 0;
  bool has_dead_columns = false;  // the point depends on dead-bias
  // Of a train result, by PointOrigin::cell; empty for labels and files of points.
  std::vector<TrainCellSource> cells;
};

// Each point is solved or read once, whatever the number of cells, into LlcPlan::points, origins
// and names.
class LlcPoints {
 public:
  // `study` and `plan`, whose shape and levels are set, must live longer.
  LlcPoints(const Study& study, TrainSource train, LlcPlan& plan);

  // `at` as in the study. Throws UsageError for a label that this model has not and UnusableFile.
  const LlcPointSet& at(const std::string& at, double dead_bias);

  // Sentences for the user about what was left out.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  LlcPointSet make(const std::string& at, double dead_bias);
  LlcPointSet from_train(const std::string& path);
  LlcPointSet from_train_plan();
  // Whether which records are chosen hangs on what is asked alone, not on how training goes.
  bool is_choice_known() const;
  // The points that stand for the records that a cell of the train stage will have at these steps.
  void add_expected(std::int64_t cell, std::span<const std::uint64_t> steps);
  void add(const PointOrigin& origin, const std::vector<double>& parameters);

  const Study& study_;
  const Setting& setting_;
  const TrainSource train_;
  const RecordSelection selection_;
  LlcPlan& plan_;
  std::map<std::pair<std::string, double>, LlcPointSet> sets_;
  std::vector<std::string> notes_;
};

}  // namespace kgon
