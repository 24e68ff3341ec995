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
  bool changes = false;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    indicator.push_back(phases[i] == code ? 1 : 0);
    changes |= i % draws > 0 && indicator[i] != indicator[i - 1];
  }
  // Otherwise there is no variance within any chain but rounding.
  return changes ? split_rhat(ChainDraws(indicator, chains, draws)) : infinity;
}

// Counts the changes of phase of each chain.
void count_changes(const std::vector<PhaseCode>& phases, std::size_t draws, ChainQuality& quality) {
  for (std::size_t first = 0; first < phases.size(); first += draws) {
    std::uint64_t changes = 0;
    for (std::size_t i = first + 1; i < first + draws; ++i)
      changes += phases[i] != phases[i - 1] ? 1 : 0;
    quality.phase_changes += changes;
    if (changes >= mixing_phase_changes) ++quality.mixing_chains;
    ++quality.chains;
  }
}

}  // namespace

double least_energy_fraction(std::span<const SampleBlock> islands) {
  double smallest = infinity;
  for (const double x : gathered(islands, &SampleBlock::energy_fraction))
    // NaN stays.
    if (!std::isnan(smallest) && !(x >= smallest)) smallest = x;
  return smallest;
}

std::vector<SampleBlock> split_into_chains(const SamplePlan& plan,
                                           std::span<const SampleBlock> islands) {
  std::vector<SampleBlock> chains;
  const double count = plan.draws;
  for (const SampleBlock& island : islands) {
    for (std::size_t c = 0; c < plan.chains.chains; ++c) {
      SampleBlock& chain = chains.emplace_back();
      for (std::size_t d = c * plan.draws; d < (c + 1) * plan.draws; ++d) {
        ++chain.labels[island.phase[d]];
        ++chain.hull_phases[island.hull_phase[d]];
        chain.mean_loss += island.loss[d] / count;
      }
      for (auto& [code, share] : chain.labels) share /= count;
      for (auto& [code, share] : chain.hull_phases) share /= count;
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
  quality.energy_fraction = least_energy_fraction(islands);
  count_changes(phases, draws, quality);
  for (const SampleBlock& island : islands) quality.divergences += island.divergences;
  std::map<PhaseCode, std::size_t> counts;
  for (const PhaseCode phase : phases) ++counts[phase];
  for (const auto& [code, count] : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(phases.size());
    if (share < least_share || share > 1 - least_share) continue;
    const double rhat = indicator_rhat(phases, code, chains, draws);
    // NaN, of too few chains or draws, stays.
    if (!std::isnan(quality.phase_rhat) && !(rhat <= quality.phase_rhat)) quality.phase_rhat = rhat;
  }
  return quality;
}

}  // namespace kgon
