#include "engine/chain_quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/chain_diagnostics.hpp"

namespace kgon {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Phases with less of the draws, or more, do not tell whether chains mix.
constexpr double least_share = 0.01;

// A column of all islands, chain by chain.
template <class T>
std::vector<T> gathered(std::span<const SampleBlock> islands, std::vector<T> SampleBlock::*column) {
  std::vector<T> all;
  for (const SampleBlock& island : islands)
    all.insert(all.end(), (island.*column).begin(), (island.*column).end());
  return all;
}

// Of being in phase `code`.
double indicator_rhat(const std::vector<PhaseCode>& phases, PhaseCode code, std::size_t chains,
                      std::size_t draws) {
  std::vector<double> indicator;
  for (const PhaseCode phase : phases) indicator.push_back(phase == code ? 1 : 0);
  const double rhat = split_rhat(ChainDraws(indicator, chains, draws));
  // No chain ever changed: there is no variance within any.
  return std::isfinite(rhat) ? rhat : infinity;
}

}  // namespace

std::vector<SampleBlock> split_into_chains(const SamplePlan& plan,
                                           std::span<const SampleBlock> islands) {
  std::vector<SampleBlock> chains;
  const double share = 1.0 / plan.draws;
  for (const SampleBlock& island : islands) {
    for (std::size_t c = 0; c < plan.chains.chains; ++c) {
      SampleBlock& chain = chains.emplace_back();
      for (std::size_t d = c * plan.draws; d < (c + 1) * plan.draws; ++d) {
        chain.labels[island.phase[d]] += share;
        chain.hull_phases[island.hull_phase[d]] += share;
        chain.mean_loss += island.loss[d] * share;
      }
    }
  }
  return chains;
}

ChainQuality judge_chains(const SamplePlan& plan, std::span<const SampleBlock> islands) {
  const std::size_t chains = islands.size() * plan.chains.chains, draws = plan.draws;
  const std::vector<double> losses = gathered(islands, &SampleBlock::loss);
  const std::vector<PhaseCode> phases = gathered(islands, &SampleBlock::hull_phase);
  const ChainDiagnostics of_loss = diagnose(ChainDraws(losses, chains, draws));
  ChainQuality quality;
  quality.rhat = of_loss.rhat;
  quality.bulk_ess = of_loss.bulk_ess;
  quality.tail_ess = of_loss.tail_ess;
  quality.energy_fraction = infinity;
  for (const double fraction : gathered(islands, &SampleBlock::energy_fraction))
    // Written so that NaN stays.
    if (!(fraction >= quality.energy_fraction)) quality.energy_fraction = fraction;
  for (const SampleBlock& island : islands) quality.divergences += island.divergences;
  std::map<PhaseCode, std::size_t> counts;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    ++counts[phases[i]];
    if (i % draws > 0 && phases[i] != phases[i - 1]) ++quality.phase_changes;
  }
  for (const auto& [code, count] : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(phases.size());
    if (share >= least_share && share <= 1 - least_share)
      quality.phase_rhat =
          std::max(quality.phase_rhat, indicator_rhat(phases, code, chains, draws));
  }
  return quality;
}

}  // namespace kgon
