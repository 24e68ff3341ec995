#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "app/llc_columns.hpp"
#include "app/sample_columns.hpp"
#include "app/sample_report.hpp"
#include "app/text_table.hpp"
#include "engine/sample_doubt.hpp"
#include "io/short_text.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

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

std::string shard_text(const SamplePlan& plan) {
  if (!plan.is_part()) return "";
  return fmt::format(" (shard: islands {} to {} of {})", plan.islands().first,
                     plan.islands().end() - 1, plan.smc.islands);
}

std::string size_text(const SamplePlan& plan) {
  const std::string islands = counted(plan.islands().count, "island");
  if (plan.is_markov())
    return fmt::format("{} of {} of {}, {} each", counted(plan.runs.size(), "posterior"), islands,
                       counted(plan.chains.chains, "chain"), counted(plan.draws, "draw"));
  if (plan.method == SampleMethod::smc)
    return fmt::format("{} of {} of {}", counted(plan.runs.size(), "posterior"), islands,
                       counted(plan.smc.particles, "particle"));
  std::size_t most = 0;
  for (const SampleLadder& ladder : plan.ladders) most = std::max(most, ladder.rungs.size());
  return fmt::format("{} on {} of up to {}, {} of {} each", counted(plan.runs.size(), "posterior"),
                     counted(plan.ladders.size(), "ladder"), counted(most, "rung"), islands,
                     counted(plan.tempering.chains, "chain"));
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

std::string with_error(double value, double error, int digits) {
  return fmt::format("{} +- {}", fixed(value, digits), fixed(error, digits));
}

std::string data_text(const SampleRun& run) {
  return run.population ? "population" : fmt::format("set {}", run.data_set);
}

std::string prior_text(double scale) {
  return fmt::format("prior-scale {}", setting_text(scale));
}

bool has_several_priors(const SamplePlan& plan) {
  return std::ranges::any_of(plan.runs, [&](const SampleRun& run) {
    return run.prior_scale != plan.runs.front().prior_scale;
  });
}

std::string sample_table(const SampleStage& stage, const SampleOutcome& outcome,
                         const std::string& path) {
  const SamplePlan& plan = stage.expanded.plan;
  const double seconds = outcome.wall_seconds;
  const double rate = seconds > 0 ? static_cast<double>(outcome.leapfrogs) / seconds : 0;
  std::string out = runs_text(plan, outcome) + free_energies_text(plan, outcome) +
                    crossings_text(plan, outcome) + constants_text(plan, outcome) +
                    doubts_text(plan, outcome);
  out += fmt::format("\n{}{}\n", size_text(plan), shard_text(plan));
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
  line("islands", fmt::format("{}{}", total_islands(plan), shard_text(plan)));
  if (plan.method == SampleMethod::smc) {
    line("particles", short_number(static_cast<double>(total_islands(plan)) * plan.smc.particles));
  } else if (plan.is_markov()) {
    line("chains", short_number(static_cast<double>(total_islands(plan)) * plan.chains.chains));
  } else {
    for (const auto& [ladder, count] : ladder_texts(plan))
      line("ladder", count == 1 ? ladder : fmt::format("{}, {} such ladders", ladder, count));
  }
  if (const auto leapfrogs = expected_leapfrogs(plan))
    line("work", fmt::format("some {} leapfrogs", short_number(*leapfrogs)));
  line("memory", short_bytes(static_cast<double>(memory_bound(stage))) + " with all draws");
  line("result file", "up to " + short_bytes(static_cast<double>(sample_result_bytes(plan))));
  line("device", stage.backend->description());
  return out;
}

}  // namespace kgon
