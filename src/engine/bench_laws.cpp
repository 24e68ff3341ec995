// Gates of samplers: small laws that are known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <random>
#include <vector>

#include "engine/bench_gates.hpp"
#include "engine/bench_reference.hpp"
#include "engine/sample_estimate.hpp"
#include "engine/sample_loss.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

// Standard errors that a mean may be off; the draws are fixed, so that it passes or not for good.
constexpr double most_errors = 4;

struct EstimateSink : LlcSink {
  void accept(LlcBlock&& block) override {
    const std::lock_guard lock(mutex);
    estimates.insert(estimates.end(), block.estimates.begin(), block.estimates.end());
  }
  std::mutex mutex;
  std::vector<LlcEstimate> estimates;
};

// The closed form of L at n = 10^6, where little but the Hessian counts.
LlcPlan gaussian_plan(const GateSubject& subject, Sampler sampler) {
  LlcPlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.chains = 64;
  plan.points = tms::standard_point(tms::phase_code(6, 0, 0), subject.shape.features, -1.0);
  plan.origins = {{}};
  plan.names = {"6"};
  plan.levels = tms::phase_levels(subject.shape.features);
  LlcGroup group;
  group.key = 78;
  group.site_count = 1;
  group.sampler = sampler;
  group.population = true;
  group.samples = 1'000'000;
  group.burn_in = sampler == Sampler::hmc ? 50 : 500;
  group.draws = 200;
  group.thin = sampler == Sampler::hmc ? 1 : 10;
  LlcSite site;
  site.identity = 1;
  site.nbeta = usual_nbeta(Estimator::exact, group.samples, 0);
  site.gamma = 100;
  plan.groups = {group};
  plan.sites = {site};
  return plan;
}

struct PosteriorSink : SampleSink {
  void accept(SampleBlock&& block) override {
    const std::lock_guard lock(mutex);
    blocks.push_back(std::move(block));
  }
  std::mutex mutex;
  std::vector<SampleBlock> blocks;
};

SamplePlan tiny_posterior(const GateSubject& subject, SampleMethod method) {
  SamplePlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.method = method;
  plan.levels = tms::phase_levels(subject.shape.features);
  plan.smc.islands = method == SampleMethod::smc ? 8 : 2;
  plan.smc.particles = 512;
  plan.chains.chains = 16;
  plan.chains.warmup = 100;
  plan.draws = method == SampleMethod::smc ? 4 : 200;
  SampleRun& run = plan.runs.emplace_back();
  run.key = 78;
  run.samples = 10;
  run.beta = 0.5;
  run.data = {78, 0, Purpose::shared_data};
  return plan;
}

struct WeightedPrior {
  Estimate log_evidence, mean_loss;
};

// Draws from the prior with weights exp(-n beta L_n), literally.
WeightedPrior weigh_prior(const ModelShape& shape, const SampleRun& run) {
  constexpr int draws = 100'000;
  const auto samples = generate_samples(member_stream(run.data.key, run.data.member),
                                        run.data.purpose, run.samples, shape.features);
  std::mt19937_64 source(78);
  std::normal_distribution<double> normal(0, run.prior_scale);
  std::vector<double> w(static_cast<std::size_t>(shape.parameter_count()));
  std::vector<double> weights, losses;
  double sum = 0, squares = 0, loss_sum = 0;
  for (int d = 0; d < draws; ++d) {
    for (double& entry : w) entry = normal(source);
    losses.push_back(mean_sample_loss(shape, w.data(), samples));
    weights.push_back(std::exp(-run.beta * run.samples * losses.back()));
    sum += weights.back();
    squares += weights.back() * weights.back();
    loss_sum += weights.back() * losses.back();
  }
  const double mean = loss_sum / sum;
  double spread = 0;
  for (std::size_t d = 0; d < losses.size(); ++d)
    spread += std::pow(weights[d] * (losses[d] - mean), 2);
  return {{std::log(sum / draws), std::sqrt(squares / (sum * sum) - 1.0 / draws)},
          {mean, std::sqrt(spread) / sum}};
}

// In standard errors of both together.
double apart(const Estimate& a, const Estimate& b) {
  return std::abs(a.value - b.value) / std::hypot(a.se, b.se);
}

}  // namespace

Gate gaussian_law_gate(const GateSubject& subject, Sampler sampler) {
  EstimateSink sink;
  subject.backend.estimate_llc(gaussian_plan(subject, sampler), sink, subject.control);
  const std::string name = sampler == Sampler::hmc ? "hmc, 6-gon" : "langevin, 6-gon";
  if (sink.estimates.size() != 1) return {"llc", name, false, "there is no estimate"};
  const LlcEstimate& found = sink.estimates[0];
  const double expected = found.lambda_gaussian + found.step_bias;
  const double errors = std::abs(found.lambda_hat - expected) / found.mcse;
  return {"llc", name, errors <= most_errors,
          fmt::format("{:.3f} +- {:.3f}, expected {:.3f}: {:.1f} errors apart ({:.0f} allowed)",
                      found.lambda_hat, found.mcse, expected, errors, most_errors)};
}

Gate prior_law_gate(const GateSubject& subject, SampleMethod method) {
  const SamplePlan plan = tiny_posterior(subject, method);
  PosteriorSink sink;
  subject.backend.sample(plan, sink, subject.control);
  const std::string name = method == SampleMethod::smc   ? "smc, n = 10"
                           : method == SampleMethod::hmc ? "hmc, n = 10"
                                                         : "nuts, n = 10";
  if (sink.blocks.size() != plan.smc.islands) return {"sample", name, false, "islands are missing"};
  std::ranges::sort(sink.blocks, {}, &SampleBlock::island);
  const RunEstimate found = estimate_run(plan, sink.blocks);
  const WeightedPrior expected = weigh_prior(subject.shape, plan.runs[0]);
  double errors = apart(found.mean_loss, expected.mean_loss);
  if (found.has_evidence) errors = worse(errors, apart(found.log_evidence, expected.log_evidence));
  return {"sample", name, errors <= most_errors,
          fmt::format(
              "{:.3f} +- {:.3f}, by weights {:.3f} +- {:.3f}: {:.1f} errors apart ({:.0f} allowed)",
              found.mean_loss.value, found.mean_loss.se, expected.mean_loss.value,
              expected.mean_loss.se, errors, most_errors)};
}

}  // namespace kgon
