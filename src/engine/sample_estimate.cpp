#include "engine/sample_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/chain_quality.hpp"
#include "engine/jackknife.hpp"
#include "engine/none.hpp"

namespace kgon {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Evidences of the islands relative to the largest, and sums over all islands or all but one.
class Islands {
 public:
  explicit Islands(std::span<const SampleBlock> blocks) : blocks_(blocks) {
    for (const SampleBlock& block : blocks) base_ = std::max(base_, block.log_evidence);
    for (const SampleBlock& block : blocks)
      evidence_.push_back(std::exp(block.log_evidence - base_));
  }

  std::size_t count() const { return blocks_.size(); }
  double base() const { return base_; }

  // Mean over the islands but `left_out` (none: count()) of Z_i value(block i), relative to base().
  template <class Value>
  double mean(const Value& value, std::size_t left_out) const {
    double sum = 0;
    for (std::size_t i = 0; i < count(); ++i)
      if (i != left_out) sum += evidence_[i] * value(blocks_[i]);
    return sum / static_cast<double>(count() - (left_out < count() ? 1 : 0));
  }

  // Of a function of the islands, with the jackknife's error.
  template <class Function>
  Estimate estimate(const Function& function) const {
    std::vector<double> without;
    for (std::size_t i = 0; count() > 1 && i < count(); ++i) without.push_back(function(i));
    return {function(count()), jackknife_error(without)};
  }

  // Mean of value(block) under the posterior.
  template <class Value>
  Estimate posterior_mean(const Value& value) const {
    const auto one = [](const SampleBlock&) { return 1.0; };
    return estimate(
        [&](std::size_t left_out) { return mean(value, left_out) / mean(one, left_out); });
  }

 private:
  std::span<const SampleBlock> blocks_;
  double base_ = -infinity;
  std::vector<double> evidence_;
};

double share(const std::map<PhaseCode, double>& shares, PhaseCode code) {
  const auto found = shares.find(code);
  return found == shares.end() ? 0.0 : found->second;
}

std::set<PhaseCode> codes_of(std::span<const SampleBlock> islands,
                             std::map<PhaseCode, double> SampleBlock::*shares) {
  std::set<PhaseCode> codes;
  for (const SampleBlock& island : islands)
    for (const auto& [code, part] : island.*shares) codes.insert(code);
  return codes;
}

PhaseEstimate estimate_phase(const Islands& islands, PhaseCode code) {
  const auto part = [code](const SampleBlock& block) { return share(block.hull_phases, code); };
  const auto free_energy = [&](std::size_t left_out) {
    return -(islands.base() + std::log(islands.mean(part, left_out)));
  };
  PhaseEstimate phase;
  phase.occupancy = islands.posterior_mean(part);
  phase.free_energy = islands.estimate(free_energy);
  for (std::size_t i = 0; islands.count() > 1 && i < islands.count(); ++i)
    phase.without.push_back(free_energy(i));
  return phase;
}

}  // namespace

RunEstimate estimate_run(const SamplePlan& plan, std::span<const SampleBlock> blocks) {
  const std::vector<SampleBlock> chains =
      plan.is_markov() ? split_into_chains(plan, blocks) : std::vector<SampleBlock>{};
  const std::span<const SampleBlock> independent = plan.is_markov() ? chains : blocks;
  const Islands islands(independent);
  RunEstimate estimate;
  if (plan.is_markov()) estimate.chains = judge_chains(plan, blocks);
  estimate.log_evidence = islands.estimate([&](std::size_t left_out) {
    const auto one = [](const SampleBlock&) { return 1.0; };
    return islands.base() + std::log(islands.mean(one, left_out));
  });
  estimate.mean_loss =
      islands.posterior_mean([](const SampleBlock& block) { return block.mean_loss; });
  for (const PhaseCode code : codes_of(independent, &SampleBlock::hull_phases))
    estimate.phases[code] = estimate_phase(islands, code);
  for (const PhaseCode code : codes_of(independent, &SampleBlock::labels))
    estimate.labels[code] = islands.posterior_mean(
        [code](const SampleBlock& block) { return share(block.labels, code); });
  estimate.theory = blocks.front().theory;
  const auto count = static_cast<double>(blocks.size());
  estimate.ancestors = estimate.swap_rate = infinity;
  for (const SampleBlock& block : blocks) {
    estimate.stages += block.stages / count;
    estimate.acceptance += block.acceptance / count;
    estimate.ancestors = std::min<double>(estimate.ancestors, block.ancestors);
    estimate.round_trips += static_cast<double>(block.round_trips);
    if (plan.method == SampleMethod::tempering) estimate.chains.divergences += block.divergences;
    estimate.bulk_ess += block.bulk_ess;
    estimate.tail_ess += block.tail_ess;
    // NaN stays: of a single rung, or of chains that never moved.
    if (!std::isnan(estimate.swap_rate) && !(block.swap_rate >= estimate.swap_rate))
      estimate.swap_rate = block.swap_rate;
    if (!std::isnan(estimate.rhat) && !(block.rhat <= estimate.rhat)) estimate.rhat = block.rhat;
  }
  if (plan.method == SampleMethod::tempering)
    estimate.chains.energy_fraction = least_energy_fraction(blocks);
  if (std::isnan(estimate.swap_rate)) estimate.round_trips = none;
  estimate.has_evidence = plan.has_evidence();
  if (!estimate.has_evidence) estimate.log_evidence = {none, none};
  return estimate;
}

}  // namespace kgon
