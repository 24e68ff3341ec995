#include "io/llc_schema.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>

#include "io/critical_points_group.hpp"
#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"

namespace kgon {
namespace {

constexpr RealColumn<LlcEstimate> of_estimates[] = {
    {"lambda_hat", "estimate of the local learning coefficient", "1", &LlcEstimate::lambda_hat},
    {"mcse", "Monte Carlo standard error of lambda_hat", "1", &LlcEstimate::mcse},
    {"rhat", "split rank-normalised R-hat of the used chains' losses", "1", &LlcEstimate::rhat},
    {"ess", "bulk effective sample size of the same", "1", &LlcEstimate::ess},
    {"acceptance", "mean acceptance of the Metropolis test, obeyed or not", "1",
     &LlcEstimate::acceptance},
    {"below", "part of the draws with a loss below that of the point", "1", &LlcEstimate::below},
    {"elsewhere", "part of the looks that found a gon of other k than the point's", "1",
     &LlcEstimate::elsewhere},
    {"unnamed", "part of the looks that found no phase of the catalogue", "1",
     &LlcEstimate::unnamed},
    {"outside", "part of the looks outside of the W_{k,sigma} of the point", "1",
     &LlcEstimate::outside},
    {"drift", "second half less first half of the draws, in standard errors", "1",
     &LlcEstimate::drift},
    {"bias", "of the unadjusted step: twice what half the step size takes off lambda_hat", "1",
     &LlcEstimate::bias},
    {"bias_mcse", "Monte Carlo standard error of bias", "1", &LlcEstimate::bias_mcse},
    {"loss", "loss of the point", "1", &LlcEstimate::loss},
    {"gradient_norm", "norm of the gradient of that loss", "1", &LlcEstimate::gradient_norm},
    {"largest_curvature", "largest eigenvalue of the Hessian of the population loss", "1",
     &LlcEstimate::largest_curvature},
    {"smallest_curvature", "smallest eigenvalue of the Hessian of the population loss", "1",
     &LlcEstimate::smallest_curvature},
    {"well_depth",
     "nbeta times what the quadratic form at the point falls to its bottom, with that gradient and "
     "Hessian",
     "1", &LlcEstimate::well_depth},
    {"step_size", "step size as used", "1", &LlcEstimate::step_size},
    {"lambda_gaussian",
     "sum of nbeta h / (nbeta h + gamma) / 2 over the eigenvalues h of that Hessian", "1",
     &LlcEstimate::lambda_gaussian},
    {"lambda_alive", "lambda_hat over all chains that did not fail, dropped or not", "1",
     &LlcEstimate::lambda_alive},
    {"lambda_well",
     "lambda_hat less localization_bias and, where it exists, step_bias: of the Gaussian well "
     "alone, where lambda_hat is that of one",
     "1", &LlcEstimate::lambda_well},
    {"localization_bias", "what gamma takes off there: lambda_gaussian less half the rank", "1",
     &LlcEstimate::localization_bias},
    {"step_bias",
     "what the step size adds there; of sgld with the noise of its minibatches, to first order",
     "1", &LlcEstimate::step_bias},
    {"lambda_theory", "learning coefficient of the point's phase, where the theory gives it", "1",
     &LlcEstimate::lambda_theory},
};

Flags<std::int32_t> sign_flags() {
  Flags<std::int32_t> signs;
  signs.add(sign_loss_not_finite, "loss_not_finite");
  signs.add(sign_chains_failed, "chains_failed");
  signs.add(sign_acceptance, "acceptance");
  signs.add(sign_step_bias_measured, "step_bias_measured");
  signs.add(sign_step_bias_expected, "step_bias_expected");
  signs.add(sign_many_fell, "many_fell");
  signs.add(sign_few_fell, "few_fell");
  signs.add(sign_unbounded, "unbounded");
  signs.add(sign_negative, "negative");
  signs.add(sign_another_gon, "another_gon");
  signs.add(sign_no_phase, "no_phase");
  signs.add(sign_rhat, "rhat");
  signs.add(sign_effective_size, "effective_size");
  signs.add(sign_error, "error");
  signs.add(sign_step_bias_unknown, "step_bias_unknown");
  signs.add(sign_drift, "drift");
  signs.add(sign_slope, "slope");
  return signs;
}

constexpr RealColumn<ChainRow> of_chains[] = {
    {"chain_mean_excess", "mean loss of the chain's draws less the loss of the point", "1",
     &ChainRow::mean_excess},
    {"chain_acceptance", "acceptance of the Metropolis test, obeyed or not", "1",
     &ChainRow::acceptance},
    {"chain_below", "part of the chain's draws with a loss below that of the point", "1",
     &ChainRow::below},
    {"chain_elsewhere", "part of its looks that found a gon of other k than the point's", "1",
     &ChainRow::elsewhere},
    {"chain_unnamed", "part of its looks that found no phase of the catalogue", "1",
     &ChainRow::unnamed},
    {"chain_outside", "part of its looks outside of the W_{k,sigma} of the point", "1",
     &ChainRow::outside},
};

class Definition {
 public:
  Definition(NetcdfFile& file, const ExpandedLlc& expanded)
      : file_(file),
        plan_(expanded.plan),
        critical_points_(define_critical_points(file, plan_.shape)),
        group_(file, llc_axis.group) {
    point_ = group_.coordinate("point", plan_.sites.size(), expanded.shard.first,
                               "index of the point with its settings");
    chain_ = group_.coordinate("chain", plan_.chains, 0, "index of the chain");
    std::tie(hidden_, feature_) = group_.point_coordinates(plan_.shape);
    for (const LlcGroup& group : plan_.groups)
      group_of_.insert(group_of_.end(), group.site_count, &group);
  }

  LlcVariables run(LlcPurpose purpose) {
    LlcVariables variables;
    variables.group = group_.id();
    define_origins();
    define_settings();
    define_parameters();
    define_estimates(variables);
    define_chains(variables);
    if (purpose == LlcPurpose::calibrate) {
      variables.recommended = group_.define_boolean(
          "recommended", {point_}, "the calibration recommends this cell for its point");
      variables.reason = group_.define(
          "reason", NC_STRING, {point_},
          "why this cell is recommended or, where none is, what the nearest one lacks");
    }
    group_.finish(critical_points_.get());
    return variables;
  }

 private:
  const PointOrigin& origin(std::size_t site) const {
    return plan_.origins[plan_.sites[site].point];
  }

  template <class T, class Get>
  int each(const std::string& name, const std::string& long_name, Get get,
           const std::string& units = "") {
    return group_.add_each<T>(name, point_, plan_.sites.size(), std::move(get), long_name, units);
  }

  void define_origins();
  void define_settings();
  void define_parameters();
  void define_estimates(LlcVariables& variables);
  void define_chains(LlcVariables& variables);
  void write_parameters(int variable, std::size_t from, const std::vector<std::size_t>& inner);

  NetcdfFile& file_;
  const LlcPlan& plan_;
  const std::unique_ptr<GroupDefinition> critical_points_;
  GroupDefinition group_;
  int point_ = -1, chain_ = -1, hidden_ = -1, feature_ = -1;
  std::vector<const LlcGroup*> group_of_;  // by site
};

void Definition::define_origins() {
  each<std::string>("at", "point as written in the study",
                    [this](std::size_t i) { return plan_.names[origin(i).name]; });
  const auto index = [this](const char* name, const char* long_name,
                            std::int64_t PointOrigin::*field) {
    each<std::int64_t>(name, long_name, [this, field](std::size_t i) { return origin(i).*field; });
  };
  index("cell", "cell of the train result that the point is from, -1 for none", &PointOrigin::cell);
  index("trajectory", "trajectory that the point is from, -1 for none", &PointOrigin::trajectory);
  index("record", "record of it, or place in a file of points; -1 for none", &PointOrigin::record);
  index("step", "SGD steps done at that record, -1 for none", &PointOrigin::step);
}

void Definition::define_settings() {
  const auto real = [this](const char* name, const char* long_name, double LlcSite::*field) {
    each<double>(
        name, long_name, [this, field](std::size_t i) { return plan_.sites[i].*field; }, "1");
  };
  const auto integer = [this](const char* name, const char* long_name, auto LlcGroup::*field) {
    each<std::int64_t>(
        name, long_name, [this, field](std::size_t i) { return group_of_[i]->*field; }, "1");
  };
  real("nbeta", "samples n times the inverse temperature", &LlcSite::nbeta);
  real("gamma", "localization", &LlcSite::gamma);
  real("step_scale", "factor on the step size", &LlcSite::step_scale);
  integer("samples", "samples n of the data set; of the population: behind the default of nbeta",
          &LlcGroup::samples);
  integer("batch", "samples per step of sgld, 0 for the others", &LlcGroup::batch);
  integer("leapfrogs", "most leapfrogs of a step of hmc", &LlcGroup::leapfrogs);
  integer("burn_in", "steps before the first draw", &LlcGroup::burn_in);
  integer("draws", "draws of a chain", &LlcGroup::draws);
  integer("thin", "steps from draw to draw", &LlcGroup::thin);
  const auto code = [this](const char* name, const char* long_name, auto get,
                           std::initializer_list<const char*> meanings) {
    Flags<std::int8_t> flags;
    for (const char* meaning : meanings)
      flags.add(static_cast<std::int8_t>(flags.values.size()), meaning);
    group_.put_flags(each<std::int8_t>(name, long_name, get), flags);
  };
  code("sampler", "how the chains move", [this](std::size_t i) { return group_of_[i]->sampler; },
       {"langevin", "mala", "hmc", "sgld"});
  code("estimator", "loss of a draw", [this](std::size_t i) { return group_of_[i]->estimator; },
       {"exact", "devinterp"});
  code("dataset", "loss that is sampled",
       [this](std::size_t i) { return group_of_[i]->population ? 1 : 0; },
       {"sampled", "population"});
}

// The parameters from `from` on that fill the dimensions `inner`, in pieces of points.
void Definition::write_parameters(int variable, std::size_t from,
                                  const std::vector<std::size_t>& inner) {
  constexpr std::size_t points_at_once = 8192;
  const auto parameters = static_cast<std::size_t>(plan_.shape.parameter_count());
  Slab slab{{0}, {0}};
  slab.start.insert(slab.start.end(), inner.size(), 0);
  slab.count.insert(slab.count.end(), inner.begin(), inner.end());
  std::size_t width = 1;
  for (const std::size_t length : inner) width *= length;
  for (std::size_t first = 0; first < plan_.sites.size(); first += points_at_once) {
    slab.start[0] = first;
    slab.count[0] = std::min(points_at_once, plan_.sites.size() - first);
    std::vector<double> values;
    for (std::size_t i = first; i < first + slab.count[0]; ++i) {
      const auto row = plan_.points.begin() +
                       static_cast<std::ptrdiff_t>(plan_.sites[i].point * parameters + from);
      values.insert(values.end(), row, row + static_cast<std::ptrdiff_t>(width));
    }
    file_.write(group_.id(), variable, slab, values.data());
  }
}

void Definition::define_parameters() {
  const auto hidden = static_cast<std::size_t>(plan_.shape.hidden);
  const auto features = static_cast<std::size_t>(plan_.shape.features);
  const int weights = group_.define("W", NC_DOUBLE, {point_, hidden_, feature_}, "weights", "1");
  const int biases = group_.define("b", NC_DOUBLE, {point_, feature_}, "biases", "1");
  group_.write_later([=, this] {
    write_parameters(weights, 0, {hidden, features});
    write_parameters(biases, hidden * features, {features});
  });
}

void Definition::define_estimates(LlcVariables& variables) {
  for (const auto& column : estimate_columns())
    variables.estimates.push_back(
        group_.define(column.name, NC_DOUBLE, {point_}, column.long_name, column.units));
  variables.phase = group_.define("phase", NC_SHORT, {point_}, "label of the point");
  group_.put_flags(variables.phase, level_flags(plan_.levels));
  variables.verdict = group_.define("verdict", NC_BYTE, {point_}, "what to think of lambda_hat");
  Flags<std::int8_t> verdicts;
  verdicts.add(static_cast<std::int8_t>(LlcVerdict::ok), "ok");
  verdicts.add(static_cast<std::int8_t>(LlcVerdict::not_converged), "not_converged");
  verdicts.add(static_cast<std::int8_t>(LlcVerdict::escaped), "escaped");
  verdicts.add(static_cast<std::int8_t>(LlcVerdict::not_a_minimum), "not_a_minimum");
  verdicts.add(static_cast<std::int8_t>(LlcVerdict::step_too_large), "step_too_large");
  group_.put_flags(variables.verdict, verdicts);
  variables.signs =
      group_.define("signs", NC_INT, {point_}, "what is amiss with lambda_hat, a bit each");
  group_.put_masks(variables.signs, sign_flags());
  variables.chains_used =
      group_.define("chains_used", NC_INT64, {point_}, "chains behind lambda_hat", "1");
  variables.dropped_below =
      group_.define("dropped_below", NC_INT64, {point_},
                    "chains left out: too many draws below the loss of the point", "1");
  variables.dropped_failed =
      group_.define("dropped_failed", NC_INT64, {point_}, "chains left out: failed", "1");
}

void Definition::define_chains(LlcVariables& variables) {
  const std::vector<int> dims = {point_, chain_};
  for (const auto& column : chain_columns())
    variables.chains.push_back(
        group_.define(column.name, NC_DOUBLE, dims, column.long_name, column.units));
  variables.status = group_.define("chain_status", NC_BYTE, dims, "state of the chain");
  Flags<std::int8_t> states;
  add_status_flags(states);
  group_.put_flags(variables.status, states);
  variables.use = group_.define("chain_use", NC_BYTE, dims, "whether lambda_hat counts the chain");
  Flags<std::int8_t> uses;
  uses.add(static_cast<std::int8_t>(ChainUse::used), "used");
  uses.add(static_cast<std::int8_t>(ChainUse::below), "dropped_below");
  uses.add(static_cast<std::int8_t>(ChainUse::failed), "dropped_failed");
  group_.put_flags(variables.use, uses);
  variables.failed_step = group_.define("chain_failed_step", NC_INT64, dims,
                                        "first step that failed, -1 where none did", "1");
  if (!plan_.keep_losses) return;
  const int draw = group_.coordinate("draw", plan_.groups.front().draws, 0, "index of the draw");
  variables.losses =
      group_.define("draw_loss", NC_DOUBLE, {point_, chain_, draw},
                    "loss of the draw, NaN from the step on at which the chain failed", "1");
}

}  // namespace

std::span<const RealColumn<LlcEstimate>> estimate_columns() {
  return of_estimates;
}

std::span<const RealColumn<ChainRow>> chain_columns() {
  return of_chains;
}

LlcVariables define_llc_result(NetcdfFile& file, const ExpandedLlc& expanded,
                               const ResultMetadata& metadata, LlcPurpose purpose) {
  const LlcPlan& plan = expanded.plan;
  put_root_attributes(file, metadata,
                      {"kgon llc: local learning coefficients of the Toy Model of Superposition",
                       plan.shape, plan.precision, expanded.shard, llc_axis, expanded.sites});
  return Definition(file, expanded).run(purpose);
}

std::uint64_t llc_file_bytes(const ExpandedLlc& expanded, const ResultMetadata& metadata) {
  std::uint64_t longest = 0;
  for (const std::string& name : expanded.plan.names)
    longest = std::max<std::uint64_t>(longest, name.size());
  return 256 * 1024 + metadata.study.size() + metadata.command.size() +
         llc_result_bytes(expanded.plan) + expanded.plan.sites.size() * (longest + 64);
}

}  // namespace kgon
