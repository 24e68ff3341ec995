#include <algorithm>
#include <cmath>
#include <string>

#include "app/json_output.hpp"
#include "app/llc_names.hpp"
#include "app/llc_report.hpp"
#include "engine/llc_verdict.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

using Json = nlohmann::ordered_json;

Json index(std::int64_t value) {
  return value < 0 ? Json(nullptr) : Json(value);
}

void put_settings(Json& json, const LlcPlan& plan, std::size_t site) {
  const LlcSite& settings = plan.sites[site];
  const LlcGroup& group = group_of(plan, site);
  json["samples"] = group.samples;
  json["nbeta"] = settings.nbeta;
  json["gamma"] = settings.gamma;
  json["dataset"] = group.population ? "population" : "sampled";
  json["sampler"] = sampler_name(group.sampler);
  json["estimator"] = group.estimator == Estimator::exact ? "exact" : "devinterp";
  if (group.sampler == Sampler::sgld) json["batch"] = group.batch;
  json["step_scale"] = settings.step_scale;
}

void put_estimate(Json& json, const LlcEstimate& e) {
  json["step_size"] = finite_or_null(e.step_size);
  json["lambda_hat"] = finite_or_null(e.lambda_hat);
  json["mcse"] = finite_or_null(e.mcse);
  json["lambda_well"] = finite_or_null(e.lambda_well);
  json["lambda_alive"] = finite_or_null(e.lambda_alive);
  json["lambda_theory"] = finite_or_null(e.lambda_theory);
  json["lambda_gaussian"] = finite_or_null(e.lambda_gaussian);
  json["localization_bias"] = finite_or_null(e.localization_bias);
  json["step_bias"] = finite_or_null(e.step_bias);
  json["rhat"] = finite_or_null(e.rhat);
  json["ess"] = finite_or_null(e.ess);
  json["acceptance"] = finite_or_null(e.acceptance);
  json["below"] = finite_or_null(e.below);
  json["elsewhere"] = finite_or_null(e.elsewhere);
  json["outside"] = finite_or_null(e.outside);
  json["well_depth"] = finite_or_null(e.well_depth);
  json["unnamed"] = finite_or_null(e.unnamed);
  json["drift"] = finite_or_null(e.drift);
  json["bias"] = finite_or_null(e.bias);
  json["bias_mcse"] = finite_or_null(e.bias_mcse);
  json["loss"] = finite_or_null(e.loss);
  json["gradient_norm"] = finite_or_null(e.gradient_norm);
  json["largest_curvature"] = finite_or_null(e.largest_curvature);
  json["smallest_curvature"] = finite_or_null(e.smallest_curvature);
  json["chains_used"] = e.chains_used;
  json["chains_dropped"] = e.dropped_below + e.dropped_failed;
  json["dropped_below"] = e.dropped_below;
  json["dropped_failed"] = e.dropped_failed;
}

Json point_json(const LlcPlan& plan, const LlcEstimate& estimate, std::size_t site) {
  const PointOrigin& origin = plan.origins[plan.sites[site].point];
  Json json;
  json["at"] = plan.names[origin.name];
  json["cell"] = index(origin.cell);
  json["trajectory"] = index(origin.trajectory);
  json["record"] = index(origin.record);
  json["step"] = index(origin.step);
  json["phase"] = tms::phase_label(estimate.phase);
  put_settings(json, plan, site);
  put_estimate(json, estimate);
  json["verdict"] = verdict_name(estimate.verdict);
  json["reason"] = verdict_reason(group_of(plan, site).sampler, estimate);
  return json;
}

Json failures_json(const LlcPlan& plan, const ChainFailures& failures) {
  Json list = Json::array();
  for (const auto& [place, failure] : failures.listed)
    list.push_back({{"point", place.first},
                    {"at", point_name(plan, place.first)},
                    {"chain", place.second},
                    {"step", failure.step},
                    {"cause", cause_name(failure.cause)}});
  return list;
}

Json calibrations_json(const LlcPlan& plan, const LlcOutcome& outcome) {
  Json list = Json::array();
  for (const PointCalibration& grid : outcome.calibrations) {
    const std::size_t site = grid.sites[grid.choice.cell];
    list.push_back({{"at", point_name(plan, site)},
                    {"points", grid.sites},
                    {grid.choice.is_trusted ? "recommended" : "nearest", site},
                    {"agreeing", grid.choice.agreeing},
                    {"error", finite_or_null(grid.choice.error)},
                    {"lambda", finite_or_null(grid.choice.lambda)},
                    {"reason", grid.choice.reason}});
  }
  return list;
}

Json shard_json(const ExpandedLlc& expanded) {
  return {
      {"first", expanded.shard.first}, {"count", expanded.shard.count}, {"points", expanded.sites}};
}

}  // namespace

Json llc_json(const LlcStage& stage, const LlcOutcome& outcome, const std::string& path) {
  const LlcPlan& plan = stage.expanded.plan;
  const std::size_t shown = std::min(outcome.estimates.size(), max_json_points);
  Json json;
  json["points"] = Json::array();
  for (std::size_t site = 0; site < shown; ++site)
    json["points"].push_back(point_json(plan, outcome.estimates[site], site));
  json["digest"] = outcome.digest;
  json["points_omitted"] = outcome.estimates.size() - shown;
  if (stage.purpose == LlcPurpose::calibrate)
    json["calibrations"] = calibrations_json(plan, outcome);
  json["chains"] = total_chains(plan);
  json["failed"] = outcome.failures.count;
  json["failures"] = failures_json(plan, outcome.failures);
  json["shard"] = shard_json(stage.expanded);
  const double rate = outcome.wall_seconds > 0 ? total_steps(plan) / outcome.wall_seconds : 0;
  put_run(json, stage.backend->description(), outcome.wall_seconds, rate, stage.study_hash, path);
  return json;
}

Json llc_dry_run_json(const LlcStage& stage) {
  const LlcPlan& plan = stage.expanded.plan;
  Json json;
  json["study"] = resolved_toml(stage.study, {"llc"});
  json["study_hash"] = stage.study_hash;
  json["points"] = plan.sites.size();
  json["duplicate_points"] = stage.expanded.duplicates;
  json["chains"] = total_chains(plan);
  json["shard"] = shard_json(stage.expanded);
  json["steps"] = total_steps(plan);
  json["memory_bytes"] = memory_bound(stage);
  json["result_bytes"] = llc_result_bytes(plan);
  json["device"] = stage.backend->description();
  return json;
}

}  // namespace kgon
