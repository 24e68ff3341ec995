#include <algorithm>
#include <cmath>
#include <string>

#include "app/json_output.hpp"
#include "app/sample_report.hpp"
#include "engine/none.hpp"
#include "engine/sample_doubt.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& json, const std::string& name, const Estimate& estimate) {
  json[name] = finite_or_null(estimate.value);
  json[name + "_se"] = finite_or_null(estimate.se);
}

const char* dataset_name(bool population) {
  return population ? "population" : "sampled";
}

Json phases_json(const RunEstimate& estimate) {
  Json phases = Json::object();
  for (const auto& [code, phase] : estimate.phases) {
    Json& json = phases[tms::phase_label(code)];
    put(json, "occupancy", phase.occupancy);
    put(json, "free_energy", estimate.has_evidence ? phase.free_energy : Estimate{none, none});
    const auto theory = estimate.theory.find(code);
    const double formula = theory == estimate.theory.end() ? none : theory->second;
    json["theory_free_energy"] = finite_or_null(formula);
    json["free_energy_difference"] =
        finite_or_null(estimate.has_evidence ? phase.free_energy.value - formula : none);
  }
  return phases;
}

Json labels_json(const RunEstimate& estimate) {
  Json labels = Json::object();
  for (const auto& [code, occupancy] : estimate.labels)
    put(labels[tms::phase_label(code)], "occupancy", occupancy);
  return labels;
}

Json run_json(const SamplePlan& plan, const SampleRun& run, const RunEstimate& estimate) {
  Json json;
  json["samples"] = run.samples;
  json["dataset"] = dataset_name(run.population);
  json["data_set"] = run.population ? Json(nullptr) : Json(run.data_set);
  json["beta"] = run.beta;
  json["prior_scale"] = run.prior_scale;
  put(json, "log_evidence", estimate.log_evidence);
  put(json, "mean_loss", estimate.mean_loss);
  json["phases"] = phases_json(estimate);
  json["labels"] = labels_json(estimate);
  json["acceptance"] = estimate.acceptance;
  if (estimate.has_evidence) {
    json["stages"] = estimate.stages;
    json["ancestors"] = estimate.ancestors;
  } else if (plan.is_markov()) {
    const ChainQuality& chains = estimate.chains;
    json["rhat"] = finite_or_null(chains.rhat);
    json["ess_bulk"] = finite_or_null(chains.bulk_ess);
    json["ess_tail"] = finite_or_null(chains.tail_ess);
    json["phase_rhat"] = finite_or_null(chains.phase_rhat);
    json["phase_changes"] = chains.phase_changes;
    json["mixing_chains"] = chains.mixing_chains;
    json["weighs_modes"] = chains.weighs_modes();
    json["e_bfmi"] = finite_or_null(chains.energy_fraction);
    json["divergences"] = chains.divergences;
  } else {
    json["swap_rate"] = finite_or_null(estimate.swap_rate);
    json["round_trips"] = finite_or_null(estimate.round_trips);
    json["rhat"] = finite_or_null(estimate.rhat);
    json["ess_bulk"] = finite_or_null(estimate.bulk_ess);
    json["ess_tail"] = finite_or_null(estimate.tail_ess);
    json["divergences"] = estimate.chains.divergences;
    json["e_bfmi"] = finite_or_null(estimate.chains.energy_fraction);
  }
  const std::string why = doubt(plan, estimate);
  json["doubt"] = why.empty() ? Json(nullptr) : Json(why);
  return json;
}

Json crossing_json(const Crossing& crossing) {
  Json predictions = Json::array();
  for (const PredictedCrossing& prediction : crossing.predictions)
    predictions.push_back(
        {{"constants", prediction.constants}, {"n", finite_or_null(prediction.n)}});
  return {{"from", tms::phase_label(crossing.from)},
          {"to", tms::phase_label(crossing.to)},
          {"dataset", dataset_name(crossing.population)},
          {"beta", crossing.beta},
          {"prior_scale", crossing.prior_scale},
          {"n_measured", finite_or_null(crossing.n_measured)},
          {"se", finite_or_null(crossing.se)},
          {"between", {crossing.below, crossing.above}},
          {"data_sets", crossing.data_sets},
          {"data_sets_unresolved", crossing.data_sets_unresolved},
          {"n_predicted", finite_or_null(crossing.n_predicted)},
          {"predictions", predictions}};
}

Json constant_json(const ConstantFit& fit) {
  return {{"phase", tms::phase_label(fit.phase)},
          {"dataset", dataset_name(fit.population)},
          {"beta", fit.beta},
          {"prior_scale", fit.prior_scale},
          {"constant", finite_or_null(fit.constant)},
          {"constant_se", finite_or_null(fit.constant_se)},
          {"slope", finite_or_null(fit.slope)},
          {"slope_se", finite_or_null(fit.slope_se)},
          {"chi2", finite_or_null(fit.chi2)},
          {"runs", fit.runs},
          {"data_sets", fit.data_sets},
          {"formula", finite_or_null(fit.formula)},
          {"laplace", finite_or_null(fit.laplace)}};
}

// The n of every rung, those that stand between the runs too.
Json ladders_json(const SamplePlan& plan) {
  Json ladders = Json::array();
  for (const SampleLadder& ladder : plan.ladders) {
    Json& rungs = ladders.emplace_back(Json::array());
    for (const LadderRung& rung : ladder.rungs) rungs.push_back(rung.samples);
  }
  return ladders;
}

Json shard_json(const SamplePlan& plan) {
  const IslandRange islands = plan.islands();
  return {{"first", islands.first}, {"count", islands.count}, {"islands", plan.smc.islands}};
}

}  // namespace

Json sample_json(const SampleStage& stage, const SampleOutcome& outcome, const std::string& path) {
  const SamplePlan& plan = stage.expanded.plan;
  const std::size_t shown = std::min(plan.runs.size(), max_json_runs);
  Json json;
  json["runs"] = Json::array();
  for (std::size_t i = 0; i < shown; ++i)
    json["runs"].push_back(run_json(plan, plan.runs[i], outcome.estimates[i]));
  json["crossings"] = Json::array();
  for (const Crossing& crossing : outcome.crossings)
    json["crossings"].push_back(crossing_json(crossing));
  json["constants"] = Json::array();
  for (const ConstantFit& fit : outcome.constants) json["constants"].push_back(constant_json(fit));
  json["digest"] = outcome.digest;
  json["runs_omitted"] = plan.runs.size() - shown;
  json["sampler"] = stage.study.text("sample.sampler");
  json["islands"] = plan.islands().count;
  json["shard"] = shard_json(plan);
  if (plan.method == SampleMethod::smc) {
    json["particles"] = plan.smc.particles;
  } else {
    json["chains"] = plan.sequences();
    if (plan.method == SampleMethod::tempering) json["ladders"] = ladders_json(plan);
  }
  json["leapfrogs"] = outcome.leapfrogs;
  // A step is a leapfrog of a particle.
  const double seconds = outcome.wall_seconds;
  put_run(json, stage.backend->description(), seconds,
          seconds > 0 ? static_cast<double>(outcome.leapfrogs) / seconds : 0, stage.study_hash,
          path);
  return json;
}

Json sample_dry_run_json(const SampleStage& stage) {
  const SamplePlan& plan = stage.expanded.plan;
  Json json;
  json["study"] = resolved_toml(stage.study, {"sample"});
  json["study_hash"] = stage.study_hash;
  json["runs"] = plan.runs.size();
  json["duplicate_runs"] = stage.expanded.duplicates;
  json["islands"] = total_islands(plan);
  json["shard"] = shard_json(plan);
  if (plan.method == SampleMethod::smc) {
    json["particles"] = total_islands(plan) * plan.smc.particles;
  } else if (plan.is_markov()) {
    json["chains"] = total_islands(plan) * plan.chains.chains;
  } else {
    json["ladders"] = ladders_json(plan);
  }
  const std::optional<double> leapfrogs = expected_leapfrogs(plan);
  json["expected_leapfrogs"] = leapfrogs ? Json(*leapfrogs) : Json(nullptr);
  json["memory_bytes"] = memory_bound(stage);
  json["result_bytes"] = sample_result_bytes(plan);
  json["device"] = stage.backend->description();
  return json;
}

}  // namespace kgon
