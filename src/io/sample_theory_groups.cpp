// What the estimates of a `sample` result say beside the theory, in derived groups.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "engine/free_energy_theory.hpp"
#include "engine/none.hpp"
#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"
#include "io/sample_groups.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

// In place of the index of a data set.
constexpr std::int64_t of_population = -1, of_all_sets = -2;

// A crossing of the population, of all data sets together or of one of them.
struct CrossingRow {
  const Crossing* crossing;
  std::int64_t data_set;
  MeasuredCrossing measured;
  std::size_t resolved, unresolved;  // data sets
};

std::vector<CrossingRow> rows_of(const std::vector<Crossing>& crossings) {
  std::vector<CrossingRow> rows;
  for (const Crossing& c : crossings) {
    rows.push_back({&c,
                    c.population ? of_population : of_all_sets,
                    {0, c.below, c.above, c.n_measured, c.se},
                    c.data_sets,
                    c.data_sets_unresolved});
    for (const MeasuredCrossing& one : c.of_data_sets) {
      const std::size_t resolved = std::isnan(one.n) ? 0 : 1;
      if (!c.population) rows.push_back({&c, one.data_set, one, resolved, 1 - resolved});
    }
  }
  return rows;
}

// The same of a fit.
struct FitRow {
  const ConstantFit* fit;
  std::int64_t data_set;
  DataSetFit line;
};

std::vector<FitRow> rows_of(const std::vector<ConstantFit>& fits) {
  std::vector<FitRow> rows;
  for (const ConstantFit& fit : fits) {
    rows.push_back(
        {&fit,
         fit.population ? of_population : of_all_sets,
         {0, {fit.constant, fit.constant_se}, {fit.slope, fit.slope_se}, fit.chi2, fit.runs}});
    for (const DataSetFit& line : fit.of_data_sets)
      if (!fit.population) rows.push_back({&fit, line.data_set, line});
  }
  return rows;
}

// A derived group with a row for each index of its one dimension.
template <class Row>
class Rows {
 public:
  Rows(NetcdfFile& file, const std::string& group, const std::string& dimension,
       const std::string& long_name, const std::vector<Row>& rows)
      : group_(file, group), rows_(rows) {
    group_.mark_derived();
    dimension_ = group_.coordinate(dimension, rows.size(), 0, long_name);
  }

  template <class T, class Get>
  int add(const std::string& name, Get get, const std::string& long_name,
          const std::string& units = "1") {
    std::vector<T> values;
    for (const Row& row : rows_) values.push_back(static_cast<T>(get(row)));
    return group_.add(name, {dimension_}, {rows_.size()}, std::move(values), long_name, units);
  }
  template <class Get>
  void add_label(const std::string& name, Get get, const std::string& long_name) {
    add<std::string>(
        name, [&](const Row& row) { return tms::phase_label(get(row)); }, long_name, "");
  }
  // get(row): the Crossing or ConstantFit that the row is of.
  template <class Get>
  void add_settings(Get get) {
    add<std::int64_t>("data_set", std::mem_fn(&Row::data_set),
                      "which of the data sets; -1 for the population, -2 for all sets together",
                      "");
    const int aggregate = add<std::int8_t>(
        "aggregate", [](const Row& row) { return row.data_set == of_all_sets; },
        "mean over the data sets that follow, with the standard error over them", "");
    group_.put_text(aggregate, "dtype", "bool");
    add<double>(
        "beta", [&](const Row& row) { return get(row).beta; }, "inverse temperature");
    add<double>(
        "prior_scale", [&](const Row& row) { return get(row).prior_scale; },
        "standard deviation of every parameter under the prior");
  }
  void finish() { group_.finish(); }

 private:
  GroupDefinition group_;
  const std::vector<Row>& rows_;
  int dimension_ = -1;
};

}  // namespace

void write_theory(NetcdfFile& file, const SampleFindings& found) {
  const std::vector<RunEstimate>& runs = found.estimates;
  if (std::ranges::all_of(runs, [](const RunEstimate& run) { return run.theory.empty(); })) return;
  const std::vector<PhaseCode> phases = visited_phases(runs);
  std::vector<double> occupancies;
  for (const RunEstimate& run : runs) {
    const auto of_run = theory_occupancies(run.theory);
    for (const PhaseCode code : phases)
      occupancies.push_back(of_run.contains(code) ? of_run.at(code) : none);
  }
  GroupDefinition group(file, "theory");
  group.mark_derived();
  const int run = group.coordinate("run", runs.size(), 0, "index of the posterior");
  const int phase = define_phases(group, phases);
  group.add("theory_occupancy", {run, phase}, {runs.size(), phases.size()}, std::move(occupancies),
            "exp(-theory_free_energy), normalised over all phases with a lambda, visited or not",
            "1");
  group.finish();
}

void write_crossings(NetcdfFile& file, const SampleFindings& found) {
  const std::vector<CrossingRow> rows = rows_of(found.crossings);
  if (rows.empty()) return;
  using Row = CrossingRow;
  Rows<Row> group(file, "crossings", "crossing", "index of the crossing", rows);
  group.add_label(
      "from", [](const Row& row) { return row.crossing->from; }, "most probable phase below");
  group.add_label(
      "to", [](const Row& row) { return row.crossing->to; }, "most probable phase above");
  group.add_settings([](const Row& row) -> const Crossing& { return *row.crossing; });
  group.add<double>(
      "n_measured", [](const Row& row) { return row.measured.n; },
      "n at which the free energies are equal; NaN where a finer grid has to tell");
  group.add<double>(
      "se", [](const Row& row) { return row.measured.se; }, "standard error of n_measured");
  group.add<std::int64_t>(
      "n_low", [](const Row& row) { return row.measured.below; }, "n of the grid below");
  group.add<std::int64_t>(
      "n_high", [](const Row& row) { return row.measured.above; }, "n of the grid above");
  group.add<double>(
      "n_predicted", [](const Row& row) { return row.crossing->n_predicted; },
      "n at which the theory's free energies are equal");
  group.add<std::int64_t>("data_sets", std::mem_fn(&Row::resolved), "data sets in n_measured");
  group.add<std::int64_t>("data_sets_unresolved", std::mem_fn(&Row::unresolved),
                          "data sets more with a bracket alone");
  group.finish();
}

void write_free_energy_fits(NetcdfFile& file, const SampleFindings& found) {
  const std::vector<FitRow> rows = rows_of(found.constants);
  if (rows.empty()) return;
  using Row = FitRow;
  Rows<Row> group(file, "free_energy_fit", "fit", "index of the fit", rows);
  group.add_label(
      "phase", [](const Row& row) { return row.fit->phase; },
      "hull vertices and positive biases: W_{k,sigma}");
  group.add_settings([](const Row& row) -> const ConstantFit& { return *row.fit; });
  const auto estimate = [&](const std::string& name, Estimate DataSetFit::*part,
                            const std::string& long_name) {
    group.add<double>(
        name, [=](const Row& row) { return (row.line.*part).value; }, long_name);
    group.add<double>(
        name + "_se", [=](const Row& row) { return (row.line.*part).se; },
        "standard error of " + name);
  };
  estimate("constant", &DataSetFit::constant, "limit of F - n beta L_n(w*) - lambda log n");
  estimate("slope", &DataSetFit::slope, "coefficient of 1 / n in it");
  group.add<std::int64_t>(
      "runs", [](const Row& row) { return row.line.runs; }, "posteriors with the phase");
  group.add<double>(
      "chi2", [](const Row& row) { return row.line.chi2; }, "chi2 of the fit");
  group.add<double>(
      "paper", [](const Row& row) { return row.fit->formula; },
      "the constant of arXiv 2310.06301, |w*|^2 / (2 s^2)");
  group.add<double>(
      "laplace", [](const Row& row) { return row.fit->laplace; },
      "the constant by Laplace's method; of sampled data there is none");
  group.finish();
}

}  // namespace kgon
