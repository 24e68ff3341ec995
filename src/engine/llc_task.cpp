#include "engine/llc_task.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>

#include "engine/chain_jobs.hpp"
#include "engine/initial_loss.hpp"
#include "engine/llc_estimate.hpp"
#include "engine/llc_verdict.hpp"
#include "engine/minibatch_noise.hpp"
#include "engine/none.hpp"
#include "engine/parallel_for.hpp"
#include "engine/site_curvature.hpp"
#include "engine/step_tuner.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

// With a Metropolis test, which leaves no bias and says how long a step may be.
bool is_adjusted(Sampler sampler) {
  return sampler == Sampler::mala || sampler == Sampler::hmc;
}

bool is_finite(std::span<const double> trace) {
  return std::ranges::all_of(trace, [](double excess) { return std::isfinite(excess); });
}

class TaskRun {
 public:
  TaskRun(const LlcTask& task, ChainRunner& runner, RunControl& control)
      : task_(task),
        plan_(*task.plan),
        group_(*task.group),
        runner_(runner),
        jobs_(task.states, task.first_site, task.site_count, runner, control) {}

  bool run(LlcBlock& block) {
    block.first_site = task_.first_site;
    block.estimates.assign(task_.site_count, {});
    prepare(block);
    if (is_adjusted(group_.sampler) && !tune()) return false;
    job_.settings = chain_settings(group_, false);
    job_.chains = plan_.chains;
    ChainOutcome outcome;
    const bool has_bias = plan_.check_bias && !is_adjusted(group_.sampler);
    if (!jobs_.run(job_, !has_bias, outcome)) return false;
    estimate(outcome, block);
    if (has_bias && !check_bias(block)) return false;
    if (plan_.keep_losses) keep_losses(std::move(outcome.trace), block);
    return true;
  }

 private:
  const LlcSite& site(std::size_t s) const { return plan_.sites[task_.first_site + s]; }
  // The loss of one minibatch is below that of another half of the time, which says nothing of a
  // chain; devinterp leaves none out.
  double reject_below() const {
    return group_.estimator == Estimator::devinterp ? 1 : plan_.reject_below;
  }
  std::size_t parameters() const { return static_cast<std::size_t>(plan_.shape.parameter_count()); }

  void prepare(LlcBlock& block) {
    std::map<std::uint32_t, std::uint32_t> index_of;  // of the plan's data sets in the job
    for (const auto& [data, table] : task_.data) {
      index_of[data] = static_cast<std::uint32_t>(job_.data.size());
      job_.data.push_back(table);
    }
    job_.levels = &plan_.levels;
    job_.sites.resize(task_.site_count);
    for (std::size_t s = 0; s < task_.site_count; ++s) {
      const double* w = plan_.points.data() + site(s).point * parameters();
      job_.centers.insert(job_.centers.end(), w, w + parameters());
    }
    parallel_for(task_.threads, task_.site_count, [&](std::size_t s) {
      ChainSite& to = job_.sites[s];
      if (!group_.population) to.data = index_of.at(site(s).data);
      describe(site(s), job_.centers.data() + s * parameters(),
               group_.population ? nullptr : job_.data[to.data], to, block.estimates[s]);
    });
  }

  // What is known of a site before its chains start.
  void describe(const LlcSite& from, const double* w, const SortedSampleTable* data, ChainSite& to,
                LlcEstimate& estimate) const {
    SiteCurvature curvature = site_curvature(plan_.shape, std::vector<double>(w, w + parameters()));
    std::vector<double> gradient(parameters());
    to.loss = runner_.loss(w, data, gradient.data());
    curvature.depth = gaussian_depth(curvature, gradient, from.nbeta, from.gamma);
    estimate.well_depth = curvature.depth;
    if (group_.estimator == Estimator::devinterp) {
      const auto stream = member_stream(group_.key, from.identity);
      const InitialLoss initial =
          devinterp_initial_loss(plan_.shape, w, *data, group_.batch, plan_.chains, stream);
      to.loss = initial.mean;
      estimate.loss_error = initial.standard_error;
    }
    to.identity = from.identity;
    to.nbeta = from.nbeta;
    to.localization = from.gamma;
    const double spread = group_.sampler == Sampler::sgld && data != nullptr
                              ? gradient_spread(plan_.shape, w, data->samples)
                              : 0;
    to.step_size = from.step_scale *
                   (from.step_size > 0 ? from.step_size : first_step_size(from, curvature, spread));
    const SitePhase phase = runner_.phase(w, plan_.levels);
    to.phase = phase.label;
    to.hull_phase = phase.hull_phase;
    estimate.loss = to.loss;
    estimate.gradient_norm =
        std::sqrt(std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0));
    estimate.largest_curvature = curvature.largest();
    estimate.smallest_curvature = curvature.smallest();
    estimate.smallest_precision = from.nbeta * curvature.smallest() + from.gamma;
    estimate.step_size = to.step_size;
    estimate.lambda_gaussian = gaussian_lambda(curvature, from.nbeta, from.gamma);
    estimate.localization_bias = estimate.lambda_gaussian - gaussian_rank_half(curvature);
    // Of a step that is tuned later it is 0 whatever the step.
    estimate.step_bias = step_bias(from, curvature, spread, to.step_size);
    estimate.phase = to.phase;
    const auto lambda = task_.lambdas->find(phase.label);
    estimate.lambda_theory =
        phase.on_plateau && lambda != task_.lambdas->end() ? lambda->second : none;
    estimate.bias = estimate.bias_mcse = none;
  }

  double first_step_size(const LlcSite& from, const SiteCurvature& curvature, double spread) const {
    const double step = default_step_size(group_.sampler, curvature, from.nbeta, from.gamma);
    if (group_.sampler != Sampler::sgld) return step;
    const double gaussian = gaussian_lambda(curvature, from.nbeta, from.gamma);
    const double lambda =
        std::isfinite(gaussian) ? gaussian : 0.25 * static_cast<double>(parameters());
    return std::min(step, step_of_minibatch_bias(spread, group_.batch, from.nbeta,
                                                 default_minibatch_bias * lambda));
  }

  // The minibatches' part of it is known where there is no Gaussian well too.
  double step_bias(const LlcSite& from, const SiteCurvature& curvature, double spread,
                   double step) const {
    if (group_.sampler != Sampler::sgld)
      return gaussian_step_bias(group_.sampler, curvature, from.nbeta, from.gamma, step);
    const double of_step =
        gaussian_step_bias(Sampler::langevin, curvature, from.nbeta, from.gamma, step);
    return (std::isnan(of_step) ? 0 : of_step) +
           minibatch_bias(spread, group_.batch, from.nbeta, step);
  }

  // Pilot chains around the sites whose step size is sought.
  ChainJob pilot_job(const std::vector<std::size_t>& tuned) const {
    ChainJob pilot{chain_settings(group_, true), pilot_chains, {}, {}, job_.data, job_.levels};
    for (const std::size_t s : tuned) {
      const double* w = job_.centers.data() + s * parameters();
      pilot.sites.push_back(job_.sites[s]);
      pilot.centers.insert(pilot.centers.end(), w, w + parameters());
    }
    return pilot;
  }

  bool tune() {
    std::vector<StepTuner> tuners;
    std::vector<std::size_t> tuned;
    for (std::size_t s = 0; s < task_.site_count; ++s) {
      if (site(s).step_size > 0) continue;
      tuned.push_back(s);
      tuners.emplace_back(group_.sampler, job_.sites[s].step_size / site(s).step_scale);
    }
    ChainJob pilot = pilot_job(tuned);
    for (int round = 0; round < pilot_rounds && !tuned.empty(); ++round) {
      for (std::size_t k = 0; k < tuned.size(); ++k)
        pilot.sites[k].step_size = tuners[k].step_size();
      ChainOutcome outcome;
      if (!jobs_.run(pilot, false, outcome)) return false;
      for (std::size_t k = 0; k < tuned.size(); ++k) {
        const auto* accepted = outcome.accepted.data() + k * pilot_chains;
        tuners[k].update(std::accumulate(accepted, accepted + pilot_chains, std::uint64_t{0}),
                         pilot_chains * pilot_steps);
      }
    }
    for (std::size_t k = 0; k < tuned.size(); ++k)
      job_.sites[tuned[k]].step_size = tuners[k].step_size() * site(tuned[k]).step_scale;
    return true;
  }

  void estimate(const ChainOutcome& outcome, LlcBlock& block) const {
    block.chains.resize(task_.site_count * plan_.chains);
    parallel_for(task_.threads, task_.site_count, [&](std::size_t s) {
      SiteDraws draws = site_draws(outcome, s);
      LlcEstimate& estimate = block.estimates[s];
      estimate.step_size = job_.sites[s].step_size;
      estimate_site(group_.sampler, site(s).nbeta, reject_below(), draws, estimate);
      std::ranges::copy(draws.chains,
                        block.chains.begin() + static_cast<std::ptrdiff_t>(s * plan_.chains));
    });
  }

  SiteDraws site_draws(const ChainOutcome& outcome, std::size_t s) const {
    const std::size_t chains = plan_.chains, draws = group_.draws;
    SiteDraws site;
    site.draws = draws;
    site.trace = {outcome.trace.data() + s * chains * draws, chains * draws};
    const double counted = static_cast<double>(group_.draws * group_.thin);
    const double looks =
        group_.classify_every == 0 ? 0 : static_cast<double>(group_.draws / group_.classify_every);
    for (std::size_t c = s * chains; c < (s + 1) * chains; ++c) {
      ChainRow& row = site.chains.emplace_back();
      row.status = outcome.status[c];
      row.failed_step = outcome.failed_step[c];
      const auto trace = site.trace.subspan((c - s * chains) * draws, draws);
      if (row.status == MemberStatus::ok && !is_finite(trace)) {
        // A Metropolis test refuses every step from a w* whose loss is not finite, and none fails.
        row.status = MemberStatus::non_finite;
        row.failed_step = 1;
      }
      row.acceptance = group_.sampler == Sampler::sgld
                           ? none
                           : static_cast<double>(outcome.accepted[c]) / counted;
      row.elsewhere = looks > 0 ? outcome.elsewhere[c] / looks : none;
      row.unnamed = looks > 0 ? outcome.unnamed[c] / looks : none;
      row.outside = looks > 0 ? outcome.outside[c] / looks : none;
    }
    return site;
  }

  // Losses in place of what they are above the site's; a chain that failed stands still.
  void keep_losses(std::vector<double>&& trace, LlcBlock& block) const {
    for (std::size_t c = 0; c < block.chains.size(); ++c) {
      const ChainRow& chain = block.chains[c];
      const double base = block.estimates[c / plan_.chains].loss;
      for (std::uint64_t d = 0; d < group_.draws; ++d) {
        const bool is_sound = chain.status == MemberStatus::ok ||
                              group_.burn_in + (d + 1) * group_.thin < chain.failed_step;
        double& loss = trace[c * group_.draws + d];
        loss = is_sound ? loss + base : none;
      }
    }
    block.losses = std::move(trace);
  }

  // The same chains at half the step: their bias is about half as large.
  bool check_bias(LlcBlock& block) {
    for (ChainSite& each : job_.sites) each.step_size /= 2;
    ChainOutcome outcome;
    if (!jobs_.run(job_, true, outcome)) return false;
    for (std::size_t s = 0; s < task_.site_count; ++s) {
      SiteDraws draws = site_draws(outcome, s);
      LlcEstimate half = block.estimates[s];
      estimate_site(group_.sampler, site(s).nbeta, reject_below(), draws, half);
      // The bias is of first order in the step: half the step leaves half of it.
      block.estimates[s].bias = 2 * (block.estimates[s].lambda_hat - half.lambda_hat);
      const double error = 2 * std::hypot(block.estimates[s].mcse, half.mcse);
      block.estimates[s].bias_mcse =
          std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
      judge(group_.sampler, block.estimates[s]);
    }
    return true;
  }

  const LlcTask& task_;
  const LlcPlan& plan_;
  const LlcGroup& group_;
  ChainRunner& runner_;
  ChainJobs jobs_;
  ChainJob job_;
};

}  // namespace

PhaseLambdas phase_lambdas(const ModelShape& shape) {
  PhaseLambdas lambdas;
  if (shape.hidden != 2) return lambdas;
  for (const tms::CriticalPoint& point : tms::critical_points(shape.features))
    if (point.lambda) lambdas[tms::phase_code(point.k, point.sigma, point.phi)] = *point.lambda;
  return lambdas;
}

bool run_llc_task(const LlcTask& task, ChainRunner& runner, LlcBlock& block, RunControl& control) {
  return TaskRun(task, runner, control).run(block);
}

std::uint64_t llc_steps(const LlcPlan& plan, const LlcGroup& group) {
  const std::uint64_t chain = group.burn_in + group.draws * group.thin;
  const bool twice = plan.check_bias && !is_adjusted(group.sampler);
  std::uint64_t steps = group.site_count * plan.chains * chain * (twice ? 2 : 1);
  if (!is_adjusted(group.sampler)) return steps;
  for (std::size_t s = group.first_site; s < group.first_site + group.site_count; ++s)
    if (!(plan.sites[s].step_size > 0))
      steps += pilot_chains * (pilot_burn_in + pilot_steps) * std::uint64_t{pilot_rounds};
  return steps;
}

ChainSettings chain_settings(const LlcGroup& group, bool pilot) {
  ChainSettings settings{};
  settings.key = group.key;
  settings.sampler = group.sampler;
  settings.estimator = group.estimator;
  settings.population = group.population;
  settings.pilot = pilot;
  settings.samples = group.samples;
  settings.batch = group.batch;
  settings.max_leapfrogs = group.leapfrogs;
  settings.burn_in = pilot ? pilot_burn_in : group.burn_in;
  settings.draws = pilot ? pilot_steps : group.draws;
  settings.thin = pilot ? 1 : group.thin;
  settings.classify_every = pilot ? 0 : group.classify_every;
  settings.grid = permutation_grid(group.samples);
  return settings;
}

}  // namespace kgon
