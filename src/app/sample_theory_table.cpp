// What the posteriors say beside the theory: free energies, crossings and constants.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "app/llc_columns.hpp"
#include "app/sample_columns.hpp"
#include "app/text_table.hpp"
#include "io/short_text.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

// Free energies beyond these are in the result alone.
constexpr std::size_t max_free_energies = 24;

// Free energies beside the formula's.
struct FreeEnergyRow {
  const SampleRun* run;
  PhaseCode phase;
  Estimate measured;
  double formula;
};

std::vector<FreeEnergyRow> free_energies(const SamplePlan& plan, const SampleOutcome& outcome) {
  std::vector<FreeEnergyRow> rows;
  for (std::size_t i = 0; plan.has_evidence() && i < plan.runs.size(); ++i) {
    const RunEstimate& estimate = outcome.estimates[i];
    for (const auto& [code, phase] : estimate.phases) {
      const auto formula = estimate.theory.find(code);
      if (formula != estimate.theory.end() && phase.occupancy.value > least_shown)
        rows.push_back({&plan.runs[i], code, phase.free_energy, formula->second});
    }
  }
  return rows;
}

std::string crossing_label(const Crossing& crossing) {
  return fmt::format("{} -> {}", tms::phase_label(crossing.from), tms::phase_label(crossing.to));
}

// The theory's crossings as the constants come in one after the other.
std::string predictions_text(const SampleOutcome& outcome) {
  std::set<std::string> lines;  // the same for sampled data and the population
  for (const Crossing& crossing : outcome.crossings) {
    if (crossing.predictions.empty()) continue;
    std::string line = fmt::format("{}, beta {}, predicted n with one term more each time:",
                                   crossing_label(crossing), setting_text(crossing.beta));
    for (const PredictedCrossing& prediction : crossing.predictions)
      line += fmt::format("{} {}: {}", &prediction == crossing.predictions.data() ? "" : ",",
                          prediction.constants, fixed(prediction.n, 0));
    lines.insert(line + "\n");
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

// "population", "10 sets", "8 of 10 sets".
std::string sets_text(const Crossing& crossing) {
  if (crossing.population) return "population";
  const std::string all = counted(crossing.data_sets + crossing.data_sets_unresolved, "set");
  return crossing.data_sets == 0 || crossing.data_sets_unresolved == 0
             ? all
             : fmt::format("{} of {}", crossing.data_sets, all);
}

std::string place_text(const Crossing& crossing) {
  return crossing.data_sets == 0 ? "-" : with_error(crossing.n_measured, crossing.se, 0);
}

// Why crossings have no n.
std::string unresolved_text(const SampleOutcome& outcome) {
  std::set<std::string> lines;  // the same for sampled data and the population
  for (const Crossing& crossing : outcome.crossings) {
    if (crossing.data_sets_unresolved == 0) continue;
    const std::string sets = counted(crossing.data_sets_unresolved, "set");
    lines.insert(
        fmt::format("{}, beta {}: not both phases were found on both sides{}; a finer "
                    "grid gives the crossing\n",
                    crossing_label(crossing), setting_text(crossing.beta),
                    crossing.data_sets == 0 ? "" : " in " + sets + " more"));
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

// A line is fitted to the runs of each data set.
std::size_t degrees_of_freedom(const ConstantFit& fit) {
  return fit.runs - 2 * fit.data_sets;
}

// Errors are scaled by chi2, so that a fit passes for a good one until chi2 says otherwise.
constexpr double usual_misfit = 3;

bool is_no_line(const ConstantFit& fit) {
  return fit.chi2 > usual_misfit * static_cast<double>(degrees_of_freedom(fit));
}

}  // namespace

std::string free_energies_text(const SamplePlan& plan, const SampleOutcome& outcome) {
  const std::vector<FreeEnergyRow> rows = free_energies(plan, outcome);
  if (rows.empty()) return "";
  const std::size_t shown = std::min(rows.size(), max_free_energies);
  const auto cells = [&](const auto& text_of_row) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < shown; ++i) texts.push_back(text_of_row(rows[i]));
    return texts;
  };
  using Row = const FreeEnergyRow&;
  TextTable table;
  table.add("phase", cells([](Row row) { return tms::phase_label(row.phase); }), Align::left);
  table.add("n", cells([](Row row) { return fmt::format("{}", row.run->samples); }));
  table.add("data", cells([](Row row) { return data_text(*row.run); }), Align::left);
  table.add("beta", cells([](Row row) { return setting_text(row.run->beta); }));
  if (has_several_priors(plan))
    table.add("prior-scale", cells([](Row row) { return setting_text(row.run->prior_scale); }));
  table.add("free energy +- se",
            cells([](Row row) { return with_error(row.measured.value, row.measured.se, 2); }));
  table.add("formula", cells([](Row row) { return fixed(row.formula, 2); }));
  table.add("minus formula",
            cells([](Row row) { return fixed(row.measured.value - row.formula, 2); }));
  const std::string rest =
      shown == rows.size() ? "" : fmt::format("and {} more: see the result\n", rows.size() - shown);
  return "\n" + table.text() + rest;
}

std::string crossings_text(const SamplePlan& plan, const SampleOutcome& outcome) {
  if (outcome.crossings.empty()) return "";
  const auto cells = [&](const auto& text_of_crossing) {
    std::vector<std::string> texts;
    for (const Crossing& crossing : outcome.crossings) texts.push_back(text_of_crossing(crossing));
    return texts;
  };
  TextTable table;
  table.add("crossing", cells(crossing_label), Align::left);
  table.add("data", cells([](const Crossing& c) { return sets_text(c); }), Align::left);
  table.add("beta", cells([](const Crossing& c) { return setting_text(c.beta); }));
  if (has_several_priors(plan))
    table.add("prior-scale", cells([](const Crossing& c) { return setting_text(c.prior_scale); }));
  table.add("at n +- se", cells(place_text));
  table.add("between",
            cells([](const Crossing& c) { return fmt::format("{}..{}", c.below, c.above); }));
  table.add("predicted n", cells([](const Crossing& c) { return fixed(c.n_predicted, 0); }));
  return "\n" + table.text() + unresolved_text(outcome) + predictions_text(outcome);
}

std::string constants_text(const SamplePlan& plan, const SampleOutcome& outcome) {
  if (outcome.constants.empty()) return "";
  const auto cells = [&](const auto& text_of_fit) {
    std::vector<std::string> texts;
    for (const ConstantFit& fit : outcome.constants) texts.push_back(text_of_fit(fit));
    return texts;
  };
  using Fit = const ConstantFit&;
  TextTable table;
  table.add("phase", cells([](Fit fit) { return tms::phase_label(fit.phase); }), Align::left);
  table.add("data", cells([](Fit fit) {
              return fit.population ? "population" : counted(fit.data_sets, "set");
            }),
            Align::left);
  table.add("beta", cells([](Fit fit) { return setting_text(fit.beta); }));
  if (has_several_priors(plan))
    table.add("prior-scale", cells([](Fit fit) { return setting_text(fit.prior_scale); }));
  table.add("constant +- se",
            cells([](Fit fit) { return with_error(fit.constant, fit.constant_se, 2); }));
  table.add("slope +- se", cells([](Fit fit) { return with_error(fit.slope, fit.slope_se, 0); }));
  table.add("runs", cells([](Fit fit) { return fmt::format("{}", fit.runs); }));
  table.add("chi2 / freedom", cells([](Fit fit) {
              return fmt::format("{} / {}", fixed(fit.chi2, 1), degrees_of_freedom(fit));
            }));
  table.add("paper", cells([](Fit fit) { return fixed(fit.formula, 2); }));
  table.add("Laplace", cells([](Fit fit) { return fixed(fit.laplace, 2); }));
  const bool sampled =
      std::ranges::any_of(outcome.constants, [](Fit fit) { return !fit.population; });
  return "\nF - n beta L_n(w*) - lambda log n = constant + slope / n, errors scaled by chi2:\n" +
         table.text() +
         (sampled
              ? "sets: mean over fits of each; w* is not the minimum of their L_n, so they have "
                "no Laplace constant\n"
              : "") +
         (std::ranges::any_of(outcome.constants, is_no_line)
              ? fmt::format("chi2 above {:.0f} times its freedom: there a line in 1 / n is not all "
                            "that is, and the constant moves with the range of n\n",
                            usual_misfit)
              : "");
}

}  // namespace kgon
