// The group `islands`: what the estimates of a whole study need of the islands of a shard.
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/chain_quality.hpp"
#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"
#include "io/sample_groups.hpp"

namespace kgon {
namespace {

using ByCode = std::map<PhaseCode, double> SampleBlock::*;

class ShardIslands {
 public:
  ShardIslands(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found)
      : plan_(plan), found_(found), group_(file, "islands") {}

  void write() {
    const IslandRange islands = plan_.islands();
    run_ = group_.coordinate("run", plan_.runs.size(), 0, "index of the posterior");
    island_ = group_.coordinate("island", islands.count, islands.first, "index of the island");
    // The draws of hmc and nuts say it themselves.
    if (!plan_.is_markov()) add_shares();
    if (!plan_.has_evidence()) add_chains();
    add_theory();
    group_.finish();
  }

 private:
  std::vector<PhaseCode> codes_of(ByCode values) const {
    std::set<PhaseCode> codes;
    for (const SampleBlock& island : found_.islands)
      for (const auto& [code, value] : island.*values) codes.insert(code);
    return {codes.begin(), codes.end()};
  }

  void add_shares() {
    add_share("occupancy", "phase", &SampleBlock::hull_phases,
              "hull vertices and positive biases: W_{k,sigma}");
    add_share("label_occupancy", "level", &SampleBlock::labels, "label of the catalogue");
  }

  void add_share(const std::string& name, const std::string& dimension, ByCode shares,
                 const std::string& long_name) {
    const std::vector<PhaseCode> codes = codes_of(shares);
    const int by_code = group_.phase_coordinate(dimension, codes, long_name);
    std::vector<double> values;
    for (const SampleBlock& island : found_.islands) {
      for (const PhaseCode code : codes) {
        const auto found = (island.*shares).find(code);
        values.push_back(found == (island.*shares).end() ? 0 : found->second);
      }
    }
    group_.add(name, {run_, island_, by_code},
               {plan_.runs.size(), plan_.islands().count, codes.size()}, std::move(values),
               "part of what the island saw", "1");
  }

  void add_chains() {
    std::vector<double> fractions;
    std::vector<std::int64_t> divergences;
    for (const SampleBlock& island : found_.islands) {
      fractions.push_back(least_energy_fraction({&island, 1}));
      divergences.push_back(static_cast<std::int64_t>(island.divergences));
    }
    const std::vector<std::size_t> shape{plan_.runs.size(), plan_.islands().count};
    group_.add("e_bfmi", {run_, island_}, shape, std::move(fractions),
               "E-BFMI, the smallest of the island's chains", "1");
    group_.add("divergences", {run_, island_}, shape, std::move(divergences),
               "divergent steps after the warm-up", "1");
  }

  // Phases that no island has visited too, as the formula's probabilities add up to 1 over all.
  void add_theory() {
    const std::vector<PhaseCode> codes = codes_of(&SampleBlock::theory);
    if (codes.empty()) return;
    const int by_code = group_.phase_coordinate("formula_phase", codes, "phases with a lambda");
    std::vector<double> values;
    for (std::size_t run = 0; run < plan_.runs.size(); ++run) {
      const auto& theory = found_.islands[run * plan_.islands().count].theory;
      for (const PhaseCode code : codes)
        values.push_back(theory.contains(code) ? theory.at(code)
                                               : std::numeric_limits<double>::quiet_NaN());
    }
    group_.add("theory_free_energy", {run_, by_code}, {plan_.runs.size(), codes.size()},
               std::move(values), "n beta L(w*) + lambda log n + |w*|^2 / (2 s^2)", "1");
  }

  const SamplePlan& plan_;
  const SampleFindings& found_;
  GroupDefinition group_;
  int run_ = -1, island_ = -1;
};

}  // namespace

void write_sample_islands(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found) {
  ShardIslands(file, plan, found).write();
}

}  // namespace kgon
