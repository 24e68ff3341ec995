#include "app/llc_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "app/common_options.hpp"
#include "app/llc_checkpoint.hpp"
#include "app/progress.hpp"
#include "app/stage.hpp"
#include "engine/llc_task.hpp"
#include "io/digest.hpp"
#include "io/llc_result.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// False where `control.stop` ended it.
bool compute(const LlcStage& stage, LlcResultWriter& writer, LlcCheckpoint& checkpoint,
             const StageOutput& output, const Stopwatch& watch, RunControl& control) {
  const LlcPlan& plan = stage.expanded.plan;
  control.member_steps = 0;
  // Sites differ in their steps; on average this is right.
  const double left =
      1 - static_cast<double>(checkpoint.earlier_sites()) / static_cast<double>(plan.sites.size());
  {
    const Progress progress(control, total_steps(plan) * left, output.quiet);
    const StageWatch look(control, checkpoint, output, stage.backend->description(), watch);
    stage.backend->estimate_llc(plan, checkpoint, control);
  }
  if (!writer.is_complete() && !control.stop)
    throw std::logic_error("the back end returned before every site was done");
  return writer.is_complete();
}

// Sites of the same group, point and data set are one grid.
std::vector<PointCalibration> calibrate(const LlcPlan& plan,
                                        const std::vector<LlcEstimate>& estimates) {
  std::vector<PointCalibration> grids;
  for (const LlcGroup& group : plan.groups) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> grid_of;
    for (std::size_t i = group.first_site; i < group.first_site + group.site_count; ++i) {
      const auto [entry, is_new] =
          grid_of.try_emplace({plan.sites[i].point, plan.sites[i].data}, grids.size());
      if (is_new) grids.emplace_back();
      grids[entry->second].sites.push_back(i);
    }
  }
  for (PointCalibration& grid : grids) {
    std::vector<CalibrationCell> cells;
    for (const std::size_t site : grid.sites)
      cells.push_back({plan.sites[site].nbeta, plan.sites[site].gamma, estimates[site]});
    const LlcGroup& group = group_of(plan, grid.sites.front());
    grid.choice = choose_calibration_cell(
        group.sampler, usual_nbeta(group.estimator, group.samples, group.batch), cells);
  }
  return grids;
}

std::vector<std::int8_t> recommended_sites(const std::vector<PointCalibration>& grids,
                                           std::size_t sites) {
  std::vector<std::int8_t> recommended(grids.empty() ? 0 : sites, 0);
  for (const PointCalibration& grid : grids)
    if (grid.choice.is_trusted) recommended[grid.sites[grid.choice.cell]] = 1;
  return recommended;
}

std::vector<std::string> reasons_of(const std::vector<PointCalibration>& grids, std::size_t sites) {
  std::vector<std::string> reasons(grids.empty() ? 0 : sites);
  for (const PointCalibration& grid : grids)
    reasons[grid.sites[grid.choice.cell]] = grid.choice.reason;
  return reasons;
}

}  // namespace

LlcStage prepare_llc(Study study, Shard shard, LlcPurpose purpose, TrainSource train) {
  if (purpose == LlcPurpose::calibrate && shard.count > 1)
    throw UsageError("--shard: a calibration compares all cells of a point, so it is not cut up");
  ExpandedLlc expanded = expand_llc(study, compiled_models(), shard, std::move(train));
  std::string hash = llc_study_hash(study, expanded);
  std::string note;
  auto backend = open_backend(study, note);
  return {std::move(study), std::move(expanded), purpose,
          std::move(hash),  std::move(backend),  std::move(note)};
}

Study calibration_grid(Study study) {
  const bool tuned = std::ranges::all_of(study.at("llc.sampler").values, [](const Value& value) {
    return value == Value("mala") || value == Value("hmc");
  });
  if (study.at("llc.step-scale").is_default) {
    // Steps are tuned to the acceptance that moves fastest: twice as long they are refused.
    if (tuned) study.replace("llc.step-scale", {0.25, 0.5, 1.0, 1.5});
    if (!tuned) study.replace("llc.step-scale", {0.25, 0.5, 1.0, 2.0, 4.0});
  }
  if (study.at("llc.gamma").is_default) study.replace("llc.gamma", {1.0, 10.0, 30.0, 70.0, 100.0});
  if (study.at("llc.nbeta").is_default && study.at("llc.nbeta-scale").is_default)
    study.replace("llc.nbeta-scale", {0.5, 1.0, 2.0});
  return study;
}

ResultIdentity identity_of(const LlcStage& stage) {
  return {"llc", stage.study_hash, stage.expanded.shard};
}

std::uint64_t total_chains(const LlcPlan& plan) {
  return std::uint64_t{plan.chains} * plan.sites.size();
}

double total_steps(const LlcPlan& plan) {
  double steps = 0;
  for (const LlcGroup& group : plan.groups) steps += static_cast<double>(llc_steps(plan, group));
  return steps;
}

const LlcGroup& group_of(const LlcPlan& plan, std::size_t site) {
  const auto next = std::ranges::upper_bound(plan.groups, site, {}, &LlcGroup::first_site);
  return *(next - 1);
}

std::uint64_t memory_bound(const LlcStage& stage) {
  // The program with its libraries and their caches.
  constexpr std::uint64_t of_program = std::uint64_t{64} << 20;
  const LlcPlan& plan = stage.expanded.plan;
  const std::uint64_t of_chains = stage.backend->memory_estimate(plan);
  // A block waits to be written while the back end makes the next one, which is part of of_chains.
  const std::uint64_t waiting = plan.keep_losses ? std::min(of_chains, llc_result_bytes(plan)) : 0;
  return of_program + llc_plan_bytes(plan) + of_chains + waiting + llc_writer_bytes(plan);
}

LlcOutcome run_llc_stage(const LlcStage& stage, const StageOutput& output, RunControl& control) {
  if (!stage.note.empty()) tell(output.quiet, stage.note);
  LlcResultWriter writer(output.path, stage.expanded,
                         stage_metadata(stage.study, "llc", stage.study_hash,
                                        stage.backend->description(), output.command),
                         stage.purpose);
  LlcCollector collector(stage.expanded.plan, writer);
  LlcCheckpoint checkpoint(stage.expanded.plan, collector, output.path,
                           checkpoint_identity(stage.study, identity_of(stage)), output.checkpoint);
  tell_resumed(output.path, checkpoint.earlier_seconds(), output.quiet);
  const Stopwatch watch;
  if (!compute(stage, writer, checkpoint, output, watch, control))
    end_stopped_stage(checkpoint, output, watch);
  LlcOutcome outcome;
  outcome.estimates = std::move(collector.estimates());
  outcome.failures = std::move(collector.failures());
  if (stage.purpose == LlcPurpose::calibrate)
    outcome.calibrations = calibrate(stage.expanded.plan, outcome.estimates);
  before_naming(checkpoint, output, watch);
  outcome.wall_seconds = checkpoint.earlier_seconds() + watch.seconds();
  writer.put_wall_seconds(outcome.wall_seconds);
  const std::size_t sites = outcome.estimates.size();
  writer.finish(recommended_sites(outcome.calibrations, sites),
                reasons_of(outcome.calibrations, sites));
  if (output.removes_checkpoint) remove_checkpoint(output.path);
  outcome.digest = result_digest(output.path);
  return outcome;
}

int llc_exit_status(const LlcStage& stage, const LlcOutcome& outcome) {
  return failures_status(stage.study, outcome.failures.count, total_chains(stage.expanded.plan),
                         "chains");
}

}  // namespace kgon
