#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "app/llc_columns.hpp"
#include "app/llc_names.hpp"
#include "app/llc_report.hpp"
#include "app/llc_summary_table.hpp"
#include "app/progress.hpp"
#include "engine/llc_verdict.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr std::size_t shown_failures = 50;
constexpr std::size_t shown_grids = 10;

std::string chains_text(const LlcEstimate& e) {
  const std::uint32_t dropped = e.dropped_below + e.dropped_failed;
  return dropped == 0 ? fmt::format("{}", e.chains_used)
                      : fmt::format("{} ({} dropped)", e.chains_used, dropped);
}

std::string reason_line(const LlcPlan& plan, const LlcEstimate& e, std::size_t site) {
  return fmt::format("{}: {}.\n", verdict_name(e.verdict),
                     verdict_reason(group_of(plan, site).sampler, e));
}

// The other samplers have a Metropolis test, obeyed or not, to tell a step that is too large.
std::string unchecked_note(const LlcPlan& plan) {
  const bool has_sgld = std::ranges::any_of(
      plan.groups, [](const LlcGroup& group) { return group.sampler == Sampler::sgld; });
  if (!has_sgld || plan.check_bias) return "";
  return "\nwhat the step size of sgld adds is known to first order: --check-bias yes measures it "
         "at half of it\n";
}

// A line per point, then why their verdicts are not ok.
std::string points_text(const LlcPlan& plan, const LlcOutcome& outcome) {
  const std::vector<LlcEstimate>& all = outcome.estimates;
  LlcRows rows{plan, all, std::vector<std::size_t>(all.size())};
  std::iota(rows.sites.begin(), rows.sites.end(), std::size_t{0});
  TextTable table;
  table.add("at", rows.cells([&](std::size_t i) { return point_name(plan, i); }), Align::left);
  const std::string settings = add_settings(rows, table);
  add_estimates(rows, table);
  table.add("ESS", rows.cells([&](std::size_t i) { return fixed(all[i].ess, 0); }));
  table.add("accept", rows.cells([&](std::size_t i) { return percent_of_one(all[i].acceptance); }));
  table.add("outside", rows.cells([&](std::size_t i) { return percent_of_one(all[i].outside); }));
  if (std::ranges::any_of(all, [](const LlcEstimate& e) { return std::isfinite(e.bias); }))
    table.add("bias +- mcse", rows.cells([&](std::size_t i) {
      return fmt::format("{} +- {}", fixed(all[i].bias, 2), fixed(all[i].bias_mcse, 2));
    }));
  table.add("chains", rows.cells([&](std::size_t i) { return chains_text(all[i]); }));
  if (std::ranges::any_of(all, [](const LlcEstimate& e) { return e.dropped_below > 0; }))
    table.add("of all", rows.cells([&](std::size_t i) { return fixed(all[i].lambda_alive, 3); }));
  std::string reasons;
  int notes = 0;
  table.add("verdict", rows.cells([&](std::size_t i) {
    std::string verdict = verdict_name(all[i].verdict);
    if (all[i].verdict == LlcVerdict::ok) return verdict;
    ++notes;
    reasons += fmt::format("[{}] {}", notes, reason_line(plan, all[i], i));
    return fmt::format("{} [{}]", verdict, notes);
  }),
            Align::left);
  return fmt::format("{}\n\n{}{}{}{}", settings, table.text(), reasons.empty() ? "" : "\n", reasons,
                     unchecked_note(plan));
}

std::string grid_text(const LlcPlan& plan, const LlcOutcome& outcome,
                      const PointCalibration& grid) {
  const std::vector<LlcEstimate>& all = outcome.estimates;
  const LlcRows rows{plan, all, grid.sites};
  const LlcGroup& group = group_of(plan, grid.sites.front());
  const std::size_t chosen = grid.sites[grid.choice.cell];
  TextTable table;
  const std::string settings = add_settings(rows, table);
  add_estimates(rows, table);
  table.add("ESS/draw", rows.cells([&](std::size_t i) {
    return fixed(
        all[i].ess / (static_cast<double>(all[i].chains_used) * static_cast<double>(group.draws)),
        4);
  }));
  table.add("accept", rows.cells([&](std::size_t i) { return percent_of_one(all[i].acceptance); }));
  table.add("below", rows.cells([&](std::size_t i) { return percent_of_one(all[i].below); }));
  table.add("elsewhere",
            rows.cells([&](std::size_t i) { return percent_of_one(all[i].elsewhere); }));
  table.add("outside", rows.cells([&](std::size_t i) { return percent_of_one(all[i].outside); }));
  table.add("verdict", rows.cells([&](std::size_t i) {
    const char* mark = i != chosen              ? ""
                       : grid.choice.is_trusted ? "  <- take this"
                                                : "  <- nearest";
    return verdict_name(all[i].verdict) + mark;
  }),
            Align::left);
  return fmt::format("at {}   {}\n{}{}: {}.\n\n", point_name(plan, chosen), settings, table.text(2),
                     grid.choice.is_trusted ? "recommended" : "none recommended",
                     grid.choice.reason);
}

std::string grids_text(const LlcPlan& plan, const LlcOutcome& outcome) {
  std::string out;
  const std::size_t shown = std::min(outcome.calibrations.size(), shown_grids);
  for (std::size_t i = 0; i < shown; ++i) out += grid_text(plan, outcome, outcome.calibrations[i]);
  if (shown < outcome.calibrations.size())
    out += fmt::format("and {} more points: see `recommended` in the result\n\n",
                       outcome.calibrations.size() - shown);
  return out;
}

std::string failures_text(const LlcPlan& plan, const ChainFailures& failures) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& [place, failure] : failures.listed) {
    if (shown++ == shown_failures) break;
    out += fmt::format("failed: {} (point {}) chain {} at step {}: {}\n",
                       point_name(plan, place.first), place.first, place.second, failure.step,
                       cause_name(failure.cause));
  }
  if (failures.count > shown_failures)
    out += fmt::format(
        "and {} more failed chains: --json and chain_failed_step in the file name them\n",
        failures.count - shown_failures);
  return out;
}

std::string shard_text(const ExpandedLlc& expanded) {
  if (expanded.shard.count == expanded.sites) return "";
  return fmt::format(" (shard: points {} to {} of {})", expanded.shard.first,
                     expanded.shard.first + expanded.shard.count - 1, expanded.sites);
}

}  // namespace

std::string llc_table(const LlcStage& stage, const LlcOutcome& outcome, const std::string& path) {
  const LlcPlan& plan = stage.expanded.plan;
  std::string out = stage.purpose == LlcPurpose::calibrate ? grids_text(plan, outcome)
                    : outcome.estimates.size() > max_table_points
                        ? llc_summary_table(plan, outcome.estimates) + "\n"
                        : points_text(plan, outcome) + "\n";
  out += failures_text(plan, outcome.failures);
  const double seconds = outcome.wall_seconds;
  out += fmt::format("{} point{}{}, {} chains, {} failed\n", plan.sites.size(),
                     plan.sites.size() == 1 ? "" : "s", shard_text(stage.expanded),
                     total_chains(plan), outcome.failures.count);
  out += fmt::format("{} on {}, {} steps/s\n", short_time(seconds), stage.backend->description(),
                     short_number(seconds > 0 ? std::round(total_steps(plan) / seconds) : 0));
  return out + fmt::format("result {}\ndigest {}\n", path, outcome.digest);
}

std::string llc_dry_run_lines(const LlcStage& stage) {
  const LlcPlan& plan = stage.expanded.plan;
  std::string out;
  const auto line = [&out](std::string_view name, const std::string& value) {
    out += fmt::format("# {:<14} {}\n", name, value);
  };
  line("study", stage.study_hash);
  line("points", fmt::format("{}{}", plan.sites.size(), shard_text(stage.expanded)));
  line("chains", fmt::format("{}", total_chains(plan)));
  line("work", short_number(total_steps(plan)) + " steps");
  line("memory", short_bytes(static_cast<double>(memory_bound(stage))));
  line("result file", "up to " + short_bytes(static_cast<double>(llc_result_bytes(plan))));
  line("device", stage.backend->description());
  return out;
}

}  // namespace kgon
