// The group `sample`: settings and estimates of the runs, and what each island found.
#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/none.hpp"
#include "engine/sample_doubt.hpp"
#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"
#include "io/sample_groups.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// A phase that no island visited.
const PhaseEstimate unvisited{{0, none}, {infinity, none}, {}};

template <class Value>
std::vector<PhaseCode> codes_of(const std::vector<RunEstimate>& estimates,
                                std::map<PhaseCode, Value> RunEstimate::*by_code) {
  std::set<PhaseCode> codes;
  for (const RunEstimate& estimate : estimates)
    for (const auto& [code, value] : estimate.*by_code) codes.insert(code);
  return {codes.begin(), codes.end()};
}

// The group `sample`.
class Summary {
 public:
  Summary(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found)
      : plan_(plan),
        found_(found),
        phases_(visited_phases(found.estimates)),
        levels_(codes_of(found.estimates, &RunEstimate::labels)),
        group_(file, sample_axis.group) {}

  void write() {
    run_ = group_.coordinate("run", plan_.runs.size(), 0, "index of the posterior");
    island_ = group_.coordinate("island", plan_.islands().count, plan_.islands().first,
                                "index of the island");
    phase_ = define_phases(group_, phases_);
    level_ = group_.phase_coordinate("level", levels_, "label of the catalogue");
    add_settings();
    add_estimates();
    if (plan_.is_markov()) add_chains();
    if (plan_.method == SampleMethod::tempering) add_ladder_chains();
    add_phases();
    add_islands();
    group_.finish();
  }

 private:
  // A value per run.
  template <class T, class Rows, class Get>
  int each(const std::string& name, const Rows& rows, Get get, const std::string& long_name,
           const std::string& units = "") {
    std::vector<T> values;
    for (const auto& row : rows) values.push_back(static_cast<T>(get(row)));
    return group_.add(name, {run_}, {rows.size()}, std::move(values), long_name, units);
  }

  // A value per run and phase or label, with its standard error.
  template <class Get>
  void add_by_code(const std::string& name, int dimension, const std::vector<PhaseCode>& codes,
                   Get get, const std::string& long_name) {
    std::vector<double> values, errors;
    for (const RunEstimate& estimate : found_.estimates) {
      for (const PhaseCode code : codes) {
        const Estimate of_code = get(estimate, code);
        values.push_back(of_code.value);
        errors.push_back(of_code.se);
      }
    }
    const std::vector<std::size_t> shape{found_.estimates.size(), codes.size()};
    group_.add(name, {run_, dimension}, shape, std::move(values), long_name, "1");
    group_.add(name + "_se", {run_, dimension}, shape, std::move(errors),
               "standard error of " + name, "1");
  }

  template <class T, class Get>
  void add_of_islands(const std::string& name, Get get, const std::string& long_name) {
    std::vector<T> values;
    for (const SampleBlock& island : found_.islands) values.push_back(static_cast<T>(get(island)));
    group_.add("island_" + name, {run_, island_}, {plan_.runs.size(), plan_.islands().count},
               std::move(values), long_name, "1");
  }

  bool has_evidence() const { return plan_.has_evidence(); }
  void add_settings();
  void add_estimates();
  void add_chains();
  void add_ladder_chains();
  void add_phases();
  void add_islands();

  const SamplePlan& plan_;
  const SampleFindings& found_;
  const std::vector<PhaseCode> phases_, levels_;
  GroupDefinition group_;
  int run_ = -1, island_ = -1, phase_ = -1, level_ = -1;
};

void Summary::add_settings() {
  const std::vector<SampleRun>& runs = plan_.runs;
  each<std::string>("settings", runs, std::mem_fn(&SampleRun::settings),
                    "canonical settings of the posterior");
  each<std::uint64_t>("run_key", runs, std::mem_fn(&SampleRun::key), "hash of them and the seed");
  each<std::int64_t>("samples", runs, std::mem_fn(&SampleRun::samples), "samples n", "1");
  each<std::int64_t>(
      "data_set", runs,
      [](const SampleRun& run) {
        return run.population ? std::int64_t{-1} : std::int64_t{run.data_set};
      },
      "which of the independent data sets, -1 for the population");
  const int population =
      each<std::int8_t>("population", runs, std::mem_fn(&SampleRun::population),
                        "the energy is n beta times the population loss, not that of a data set");
  group_.put_text(population, "dtype", "bool");
  each<double>("beta", runs, std::mem_fn(&SampleRun::beta), "inverse temperature", "1");
  each<double>("prior_scale", runs, std::mem_fn(&SampleRun::prior_scale),
               "standard deviation of every parameter under the prior", "1");
}

void Summary::add_estimates() {
  const auto estimate = [this](const std::string& name, Estimate RunEstimate::*field,
                               const std::string& long_name) {
    each<double>(
        name, found_.estimates, [field](const RunEstimate& run) { return (run.*field).value; },
        long_name, "1");
    each<double>(
        name + "_se", found_.estimates, [field](const RunEstimate& run) { return (run.*field).se; },
        "standard error of " + name, "1");
  };
  if (has_evidence())
    estimate("log_evidence", &RunEstimate::log_evidence,
             "log of the integral of exp(-n beta L) under the prior");
  estimate("mean_loss", &RunEstimate::mean_loss, "posterior mean of the loss");
  each<std::string>(
      "doubt", found_.estimates, [this](const RunEstimate& run) { return doubt(plan_, run); },
      "why not to believe the estimates; empty where there is no such reason");
}

void Summary::add_chains() {
  const auto quality = [this]<class T>(const std::string& name, T ChainQuality::*field,
                                       const std::string& long_name) {
    using Stored = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    each<Stored>(
        name, found_.estimates, [field](const RunEstimate& run) { return run.chains.*field; },
        long_name, "1");
  };
  quality("rhat", &ChainQuality::rhat, "split rank-normalised R-hat of the loss, of all chains");
  quality("ess_bulk", &ChainQuality::bulk_ess, "effective draws of the loss, bulk");
  quality("ess_tail", &ChainQuality::tail_ess, "effective draws of the loss, tails");
  quality("phase_rhat", &ChainQuality::phase_rhat,
          "largest R-hat of being in a phase; infinite where no chain ever changed");
  quality("phase_changes", &ChainQuality::phase_changes,
          "changes of phase from a draw to the next of its chain");
  quality("mixing_chains", &ChainQuality::mixing_chains,
          "chains that changed their phase four times or more");
  quality("e_bfmi", &ChainQuality::energy_fraction, "E-BFMI, the smallest of the chains");
  quality("divergences", &ChainQuality::divergences, "divergent steps after the warm-up");
}

void Summary::add_ladder_chains() {
  each<double>("rhat", found_.estimates, std::mem_fn(&RunEstimate::rhat),
               "split rank-normalised R-hat of the loss, the largest of the islands", "1");
  each<double>("ess_bulk", found_.estimates, std::mem_fn(&RunEstimate::bulk_ess),
               "effective states of all chains and rounds for the loss, bulk", "1");
  each<double>("ess_tail", found_.estimates, std::mem_fn(&RunEstimate::tail_ess),
               "effective states of all chains and rounds for the loss, tails", "1");
  each<std::int64_t>(
      "divergences", found_.estimates,
      [](const RunEstimate& run) { return run.chains.divergences; },
      "divergent steps after the warm-up", "1");
  each<double>(
      "e_bfmi", found_.estimates, [](const RunEstimate& run) { return run.chains.energy_fraction; },
      "E-BFMI from round to round, the smallest of the chains", "1");
}

void Summary::add_phases() {
  const auto of_phase = [](const RunEstimate& run, PhaseCode code) -> const PhaseEstimate& {
    const auto found = run.phases.find(code);
    return found == run.phases.end() ? unvisited : found->second;
  };
  add_by_code(
      "occupancy", phase_, phases_,
      [&](const RunEstimate& run, PhaseCode code) { return of_phase(run, code).occupancy; },
      "posterior probability of the phase");
  if (has_evidence())
    add_by_code(
        "free_energy", phase_, phases_,
        [&](const RunEstimate& run, PhaseCode code) { return of_phase(run, code).free_energy; },
        "minus the log of the same integral over the phase");
  std::vector<double> theory;
  for (const RunEstimate& run : found_.estimates) {
    for (const PhaseCode code : phases_) {
      const auto found = run.theory.find(code);
      theory.push_back(found == run.theory.end() ? none : found->second);
    }
  }
  group_.add("theory_free_energy", {run_, phase_}, {plan_.runs.size(), phases_.size()},
             std::move(theory), "n beta L(w*) + lambda log n + |w*|^2 / (2 s^2)", "1");
  add_by_code(
      "label_occupancy", level_, levels_,
      [](const RunEstimate& run, PhaseCode code) {
        const auto found = run.labels.find(code);
        return found == run.labels.end() ? Estimate{0, none} : found->second;
      },
      "posterior probability of the catalogue's label");
}

void Summary::add_islands() {
  if (has_evidence())
    add_of_islands<double>("log_evidence", std::mem_fn(&SampleBlock::log_evidence),
                           "log_evidence of the island; the log of its weight in all estimates");
  add_of_islands<double>("mean_loss", std::mem_fn(&SampleBlock::mean_loss),
                         "posterior mean of the loss");
  add_of_islands<double>(
      "acceptance", std::mem_fn(&SampleBlock::acceptance),
      plan_.is_markov() ? "mean acceptance of the draws"
                        : "acceptance of the Metropolis tests that counted, of the last stage");
  add_of_islands<double>("step_size", std::mem_fn(&SampleBlock::step_size),
                         "step size of a leapfrog in the end");
  if (has_evidence()) {
    add_of_islands<std::int64_t>("stages", std::mem_fn(&SampleBlock::stages),
                                 "temperatures from the prior to the posterior");
    add_of_islands<std::int64_t>("ancestors", std::mem_fn(&SampleBlock::ancestors),
                                 "particles of the start that the last ones descend from");
  } else if (plan_.is_markov()) {
    add_of_islands<std::int64_t>("divergences", std::mem_fn(&SampleBlock::divergences),
                                 "divergent steps after the warm-up");
    add_of_islands<double>("rhat", std::mem_fn(&SampleBlock::rhat),
                           "split rank-normalised R-hat of its chains' losses");
  } else {
    add_of_islands<double>(
        "swap_rate", std::mem_fn(&SampleBlock::swap_rate),
        "part of the swaps with a neighbouring rung that were made, the smaller");
    add_of_islands<std::int64_t>(
        "round_trips",
        [](const SampleBlock& island) {
          return std::isnan(island.swap_rate) ? std::int64_t{-1}
                                              : static_cast<std::int64_t>(island.round_trips);
        },
        "ways of its chains up and down the whole ladder");
    add_of_islands<double>("rhat", std::mem_fn(&SampleBlock::rhat),
                           "split rank-normalised R-hat of its chains' losses");
    add_of_islands<double>("ess_bulk", std::mem_fn(&SampleBlock::bulk_ess),
                           "effective states of its chains for the loss, bulk");
    add_of_islands<double>("ess_tail", std::mem_fn(&SampleBlock::tail_ess),
                           "effective states of its chains for the loss, tails");
  }
  add_of_islands<std::int64_t>("leapfrogs", std::mem_fn(&SampleBlock::leapfrogs),
                               plan_.method == SampleMethod::tempering
                                   ? "leapfrogs of its chains, and of those on the rungs below "
                                     "that have no run"
                                   : "leapfrogs of all particles");
}

}  // namespace

std::vector<PhaseCode> visited_phases(const std::vector<RunEstimate>& estimates) {
  return codes_of(estimates, &RunEstimate::phases);
}

int define_phases(GroupDefinition& group, const std::vector<PhaseCode>& phases) {
  return group.phase_coordinate("phase", phases, "hull vertices and positive biases: W_{k,sigma}");
}

void write_sample_summary(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found) {
  Summary(file, plan, found).write();
}

}  // namespace kgon
