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

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

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
  json["step_size"] = number(e.step_size);
  json["lambda_hat"] = number(e.lambda_hat);
  json["mcse"] = number(e.mcse);
  json["lambda_well"] = number(e.lambda_well);
  json["lambda_alive"] = number(e.lambda_alive);
  json["lambda_theory"] = number(e.lambda_theory);
  json["lambda_gaussian"] = number(e.lambda_gaussian);
  json["localization_bias"] = number(e.localization_bias);
  json["step_bias"] = number(e.step_bias);
  json["rhat"] = number(e.rhat);
  json["ess"] = number(e.ess);
  json["acceptance"] = number(e.acceptance);
  json["below"] = number(e.below);
  json["elsewhere"] = number(e.elsewhere);
  json["outside"] = number(e.outside);
  json["well_depth"] = number(e.well_depth);
  json["unnamed"] = number(e.unnamed);
  json["drift"] = number(e.drift);
  json["bias"] = number(e.bias);
  json["bias_mcse"] = number(e.bias_mcse);
  json["loss"] = number(e.loss);
  json["gradient_norm"] = number(e.gradient_norm);
  json["largest_curvature"] = number(e.largest_curvature);
  json["smallest_curvature"] = number(e.smallest_curvature);
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
                    {"error", number(grid.choice.error)},
                    {"lambda", number(grid.choice.lambda)},
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
