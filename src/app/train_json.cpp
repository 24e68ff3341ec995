#include "app/json_output.hpp"
#include "app/train_report.hpp"

namespace kgon {
namespace {

using Json = nlohmann::ordered_json;

Json transitions_json(const CellSummary& cell) {
  Json list = Json::array();
  for (const TransitionSummary& transition : cell.transitions)
    list.push_back({{"from", transition.from},
                    {"to", transition.to},
                    {"count", transition.count},
                    {"members", transition.members},
                    {"step_mean", transition.step_mean()},
                    {"step_min", transition.step_min},
                    {"step_max", transition.step_max}});
  return list;
}

Json failure_json(const CellSummary& cell) {
  if (!cell.first_failure) return nullptr;
  return {
      {"trajectory", cell.first_failure->member},
      {"step", cell.first_failure->step},
      {"cause", cell.first_failure->cause == MemberStatus::diverged ? "diverged" : "non_finite"}};
}

double steps_per_second(const TrainStage& stage, const TrainOutcome& outcome) {
  return outcome.wall_seconds > 0 ? total_steps(stage.expanded.plan) / outcome.wall_seconds : 0;
}

Json cell_json(const TrainCell& plan, const CellSummary& cell, double rate) {
  Json json;
  json["init"] = cell.init;
  json["settings"] = plan.settings;
  json["epochs"] = plan.epochs;
  json["trajectories"] = cell.members;
  json["steps"] = cell.steps;
  json["final_phases"] = cell.final_phases;
  json["visited"] = cell.visited;
  json["transitions"] = transitions_json(cell);
  json["transitions_overflowed"] = cell.overflowed;
  json["on_plateau_fraction"] = cell.on_plateau_fraction();
  json["finished"] = cell.finished;
  json["failed"] = cell.failed();
  json["non_finite"] = cell.non_finite;
  json["diverged"] = cell.diverged;
  json["first_failure"] = failure_json(cell);
  // Cells run side by side: the only rate there is belongs to the whole run.
  json["steps_per_s"] = rate;
  return json;
}

Json shard_json(const TrainPlan& plan) {
  return {{"first", plan.first}, {"count", plan.count}, {"trajectories", plan.trajectories}};
}

}  // namespace

Json train_json(const TrainStage& stage, const TrainOutcome& outcome, const std::string& path) {
  const TrainPlan& plan = stage.expanded.plan;
  const double rate = steps_per_second(stage, outcome);
  Json json;
  json["cells"] = Json::array();
  for (std::size_t i = 0; i < outcome.cells.size(); ++i)
    json["cells"].push_back(cell_json(plan.cells.at(i), outcome.cells[i], rate));
  json["digest"] = outcome.digest;
  json["members"] = outcome.members;
  json["failed"] = outcome.failed;
  json["shard"] = shard_json(plan);
  put_run(json, stage.backend->description(), outcome.wall_seconds, rate, stage.study_hash, path);
  return json;
}

Json dry_run_json(const TrainStage& stage) {
  const TrainPlan& plan = stage.expanded.plan;
  Json json;
  json["study"] = resolved_toml(stage.study, {"train"});
  json["study_hash"] = stage.study_hash;
  json["cells"] = plan.cells.size();
  json["duplicate_cells"] = stage.expanded.duplicates;
  json["members"] = plan.cells.size() * plan.count;
  json["shard"] = shard_json(plan);
  json["steps"] = total_steps(plan);
  json["memory_bytes"] = memory_bound(stage);
  json["result_bytes"] = result_bytes(plan);
  json["device"] = stage.backend->description();
  return json;
}

}  // namespace kgon
