#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "app/llc_columns.hpp"
#include "app/sample_report.hpp"
#include "app/text_table.hpp"
#include "engine/sample_doubt.hpp"
#include "io/short_text.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

// Phases with less of the posterior are in the result alone.
constexpr double least_shown = 0.005;
// Free energies beyond these are in the result alone.
constexpr std::size_t max_free_energies = 24;
std::string with_error(double value, double error, int digits) {
  return fmt::format("{} +- {}", fixed(value, digits), fixed(error, digits));
}

std::string data_text(const SampleRun& run) {
  return run.population ? "population" : fmt::format("set {}", run.data_set);
}

std::string prior_text(double scale) {
  return fmt::format("prior-scale {}", setting_text(scale));
}

// "5: 62.1 +- 0.8 %   5+: 30.0 +- 0.7 %", the commonest first.
std::string phases_text(const RunEstimate& estimate) {
  std::vector<std::pair<PhaseCode, Estimate>> phases;
  for (const auto& [code, phase] : estimate.phases)
    if (phase.occupancy.value > least_shown) phases.emplace_back(code, phase.occupancy);
  std::ranges::stable_sort(
      phases, [](const auto& a, const auto& b) { return a.second.value > b.second.value; });
  std::string text;
  for (const auto& [code, occupancy] : phases)
    text += fmt::format("{}{}: {} %", text.empty() ? "" : "   ", tms::phase_label(code),
                        with_error(100 * occupancy.value, 100 * occupancy.se, 1));
  return text;
}

bool has_several_priors(const SamplePlan& plan) {
  return std::ranges::any_of(plan.runs, [&](const SampleRun& run) {
    return run.prior_scale != plan.runs.front().prior_scale;
  });
}

std::string runs_text(const SamplePlan& plan, const SampleOutcome& outcome) {
  const std::size_t shown = std::min(plan.runs.size(), max_table_runs);
  const auto cells = [&](const auto& text_of_run) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < shown; ++i)
      texts.push_back(text_of_run(plan.runs[i], outcome.estimates[i]));
    return texts;
  };
  using Run = const SampleRun&;
  using Found = const RunEstimate&;
  TextTable table;
  table.add("n", cells([](Run run, Found) { return fmt::format("{}", run.samples); }));
  table.add("data", cells([](Run run, Found) { return data_text(run); }), Align::left);
  table.add("beta", cells([](Run run, Found) { return setting_text(run.beta); }));
  if (has_several_priors(plan))
    table.add("prior-scale", cells([](Run run, Found) { return setting_text(run.prior_scale); }));
  if (plan.method == SampleMethod::smc) {
    table.add("log evidence +- se", cells([](Run, Found found) {
                return with_error(found.log_evidence.value, found.log_evidence.se, 3);
              }));
  } else if (plan.is_markov()) {
    table.add("R-hat", cells([](Run, Found found) { return fixed(found.chains.rhat, 3); }));
    table.add("ESS", cells([](Run, Found found) { return fixed(found.chains.bulk_ess, 0); }));
    table.add("changes", cells([](Run, Found found) {
                return fmt::format("{}", found.chains.phase_changes);
              }));
  } else {
    table.add("swaps", cells([](Run, Found found) { return percent_of_one(found.swap_rate); }));
    table.add("round trips", cells([](Run, Found found) { return fixed(found.round_trips, 0); }));
    table.add("R-hat", cells([](Run, Found found) { return fixed(found.rhat, 3); }));
    table.add("ESS", cells([](Run, Found found) { return fixed(found.bulk_ess, 0); }));
  }
  table.add("phases by probability +- se",
            cells([](Run, Found found) { return phases_text(found); }), Align::left);
  const std::string common =
      has_several_priors(plan) ? "" : prior_text(plan.runs.front().prior_scale) + "\n\n";
  const std::string rest = shown == plan.runs.size() ? ""
                                                     : fmt::format("and {} more: see the result\n",
                                                                   plan.runs.size() - shown);
  return common + table.text() + rest;
}

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
  table.add("difference",
            cells([](Row row) { return fixed(row.measured.value - row.formula, 2); }));
  const std::string rest =
      shown == rows.size() ? "" : fmt::format("and {} more: see the result\n", rows.size() - shown);
  return "\n" + table.text() + rest;
}

std::string crossing_label(const Crossing& crossing) {
  return fmt::format("{} -> {}", tms::phase_label(crossing.from), tms::phase_label(crossing.to));
}

// The theory's crossings as the constants come in one after the other.
std::string predictions_text(const SampleOutcome& outcome) {
  std::set<std::string> lines;  // the same for sampled data and the population
  for (const Crossing& crossing : outcome.crossings) {
    if (crossing.predictions.empty()) continue;
    std::string line =
        fmt::format("{}, beta {} by", crossing_label(crossing), setting_text(crossing.beta));
    for (const PredictedCrossing& prediction : crossing.predictions)
      line += fmt::format("{} {}: {}", &prediction == crossing.predictions.data() ? "" : ",",
                          prediction.constants, fixed(prediction.n, 0));
    lines.insert(line + "\n");
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

// "population", "10 sets", "8 of 10 sets".
std::string data_text(const Crossing& crossing) {
  if (crossing.population) return "population";
  const std::string all = counted(crossing.data_sets + crossing.data_sets_unresolved, "set");
  return crossing.data_sets == 0 || crossing.data_sets_unresolved == 0
             ? all
             : fmt::format("{} of {}", crossing.data_sets, all);
}

std::string place_text(const Crossing& crossing) {
  return crossing.data_sets == 0 ? fmt::format("{} to {}", crossing.below, crossing.above)
                                 : with_error(crossing.n_measured, crossing.se, 0);
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

std::string crossings_text(const SamplePlan& plan, const SampleOutcome& outcome) {
  if (outcome.crossings.empty()) return "";
  const auto cells = [&](const auto& text_of_crossing) {
    std::vector<std::string> texts;
    for (const Crossing& crossing : outcome.crossings) texts.push_back(text_of_crossing(crossing));
    return texts;
  };
  TextTable table;
  table.add("crossing", cells(crossing_label), Align::left);
  table.add("data", cells([](const Crossing& c) { return data_text(c); }), Align::left);
  table.add("beta", cells([](const Crossing& c) { return setting_text(c.beta); }));
  if (has_several_priors(plan))
    table.add("prior-scale", cells([](const Crossing& c) { return setting_text(c.prior_scale); }));
  table.add("at n +- se", cells(place_text));
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
  table.add("chi2", cells([](Fit fit) { return fixed(fit.chi2, 1); }));
  table.add("paper", cells([](Fit fit) { return fixed(fit.formula, 2); }));
  table.add("Laplace", cells([](Fit fit) { return fixed(fit.laplace, 2); }));
  const bool sampled =
      std::ranges::any_of(outcome.constants, [](Fit fit) { return !fit.population; });
  return "\nF - n beta L_n(w*) - lambda log n = constant + slope / n:\n" + table.text() +
         (sampled
              ? "sets: mean over fits of each; w* is not the minimum of their L_n, so they have "
                "no Laplace constant\n"
              : "");
}

std::string doubts_text(const SamplePlan& plan, const SampleOutcome& outcome) {
  std::string out;
  const std::size_t shown = std::min(plan.runs.size(), max_table_runs);
  for (std::size_t i = 0; i < shown; ++i) {
    const SampleRun& run = plan.runs[i];
    const std::string why = doubt(plan, outcome.estimates[i]);
    if (!why.empty())
      out += fmt::format("doubtful: n {}, {}, beta {}, {}: {}\n", run.samples, data_text(run),
                         setting_text(run.beta), prior_text(run.prior_scale), why);
  }
  return out.empty() ? "" : "\n" + out;
}

std::string size_text(const SamplePlan& plan) {
  if (plan.is_markov())
    return fmt::format("{} of {} of {}, {} each", counted(plan.runs.size(), "posterior"),
                       counted(plan.smc.islands, "island"), counted(plan.chains.chains, "chain"),
                       counted(plan.draws, "draw"));
  if (plan.method == SampleMethod::smc)
    return fmt::format("{} of {} of {}", counted(plan.runs.size(), "posterior"),
                       counted(plan.smc.islands, "island"),
                       counted(plan.smc.particles, "particle"));
  std::size_t most = 0;
  for (const SampleLadder& ladder : plan.ladders) most = std::max(most, ladder.rungs.size());
  return fmt::format("{} on {} of up to {}, {} of {} each", counted(plan.runs.size(), "posterior"),
                     counted(plan.ladders.size(), "ladder"), counted(most, "rung"),
                     counted(plan.smc.islands, "island"), counted(plan.tempering.chains, "chain"));
}

// "n = 50, 70, 98, ..., 714, 1000: 10 rungs".
std::string ladder_text(const SampleLadder& ladder) {
  constexpr std::size_t shown = 8, first = 3, last = 2;
  std::vector<std::string> rungs;
  for (const LadderRung& rung : ladder.rungs) rungs.push_back(fmt::format("{}", rung.samples));
  if (rungs.size() > shown) {
    rungs.erase(rungs.begin() + first, rungs.end() - last);
    rungs.insert(rungs.begin() + first, "...");
  }
  return fmt::format("n = {}: {}", fmt::join(rungs, ", "), counted(ladder.rungs.size(), "rung"));
}

// Every ladder once, with how many there are: data sets have equal ones.
std::vector<std::pair<std::string, std::size_t>> ladder_texts(const SamplePlan& plan) {
  std::vector<std::pair<std::string, std::size_t>> texts;
  for (const SampleLadder& ladder : plan.ladders) {
    const std::string text = ladder_text(ladder);
    const auto same = std::ranges::find(texts, text, &std::pair<std::string, std::size_t>::first);
    if (same != texts.end()) {
      ++same->second;
    } else {
      texts.emplace_back(text, 1);
    }
  }
  return texts;
}

}  // namespace

std::string sample_table(const SampleStage& stage, const SampleOutcome& outcome,
                         const std::string& path) {
  const SamplePlan& plan = stage.expanded.plan;
  const double seconds = outcome.wall_seconds;
  const double rate = seconds > 0 ? static_cast<double>(outcome.leapfrogs) / seconds : 0;
  std::string out = runs_text(plan, outcome) + free_energies_text(plan, outcome) +
                    crossings_text(plan, outcome) + constants_text(plan, outcome) +
                    doubts_text(plan, outcome);
  out += fmt::format("\n{}\n", size_text(plan));
  out += fmt::format("{} on {}, {} leapfrogs/s\n", short_time(seconds),
                     stage.backend->description(), short_number(std::round(rate)));
  return out + fmt::format("result {}\ndigest {}\n", path, outcome.digest);
}

std::string sample_dry_run_lines(const SampleStage& stage) {
  const SamplePlan& plan = stage.expanded.plan;
  std::string out;
  const auto line = [&out](std::string_view name, const std::string& value) {
    out += fmt::format("# {:<14} {}\n", name, value);
  };
  line("study", stage.study_hash);
  line("posteriors", fmt::format("{}", plan.runs.size()));
  line("islands", fmt::format("{}", total_islands(plan)));
  if (plan.method == SampleMethod::smc) {
    line("particles", short_number(static_cast<double>(total_islands(plan)) * plan.smc.particles));
  } else if (plan.is_markov()) {
    line("chains", short_number(static_cast<double>(total_islands(plan)) * plan.chains.chains));
  } else {
    for (const auto& [ladder, count] : ladder_texts(plan))
      line("ladder", count == 1 ? ladder : fmt::format("{}, {} such ladders", ladder, count));
  }
  line("memory", short_bytes(static_cast<double>(memory_bound(stage))) + " with all draws");
  line("result file", "up to " + short_bytes(static_cast<double>(sample_result_bytes(plan))));
  line("device", stage.backend->description());
  return out;
}

}  // namespace kgon
