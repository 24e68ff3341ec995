#include "app/llc_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/llc_names.hpp"

namespace kgon {
namespace {

std::string samples_text(const LlcGroup& group) {
  return group.population ? "population" : fmt::format("{}", group.samples);
}

std::string sampler_text(const LlcGroup& group) {
  std::string text = sampler_name(group.sampler);
  if (group.sampler == Sampler::sgld) text += fmt::format("/{}", group.batch);
  if (group.estimator == Estimator::devinterp) text += " devinterp";
  return text;
}

}  // namespace

std::string fixed(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "-";
}

std::string percent_of_one(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.1f} %", 100 * fraction) : "-";
}

std::string setting_text(double value) {
  return fmt::format("{:.4g}", value);
}

std::string add_settings(const LlcRows& rows, TextTable& table) {
  std::string common;
  const auto add = [&](const std::string& name, const auto& text_of_site) {
    std::vector<std::string> cells = rows.cells(text_of_site);
    const bool differs = std::ranges::adjacent_find(cells, std::not_equal_to<>()) != cells.end();
    if (differs) {
      table.add(name, std::move(cells));
    } else if (!cells.empty()) {
      common += fmt::format("{}{} {}", common.empty() ? "" : "   ", name, cells.front());
    }
  };
  const LlcPlan& plan = rows.plan;
  add("n", [&](std::size_t i) { return samples_text(group_of(plan, i)); });
  add("nbeta", [&](std::size_t i) { return setting_text(plan.sites[i].nbeta); });
  add("gamma", [&](std::size_t i) { return setting_text(plan.sites[i].gamma); });
  add("sampler", [&](std::size_t i) { return sampler_text(group_of(plan, i)); });
  add("step-scale", [&](std::size_t i) { return setting_text(plan.sites[i].step_scale); });
  return common;
}

// Nobody holds against the theory what is no estimate.
std::string well(const LlcEstimate& e) {
  return e.verdict == LlcVerdict::ok ? fixed(e.lambda_well, 3) : "-";
}

void add_estimates(const LlcRows& rows, TextTable& table) {
  const auto& all = rows.estimates;
  table.add("step",
            rows.cells([&](std::size_t i) { return fmt::format("{:.2e}", all[i].step_size); }));
  table.add("lambda +- mcse", rows.cells([&](std::size_t i) {
    const LlcEstimate& e = all[i];
    return std::isfinite(e.lambda_hat)
               ? fmt::format("{} +- {}", fixed(e.lambda_hat, 3), fixed(e.mcse, 3))
               : std::string("-");
  }));
  table.add("theory", rows.cells([&](std::size_t i) { return fixed(all[i].lambda_theory, 1); }));
  table.add("Gauss", rows.cells([&](std::size_t i) { return fixed(all[i].lambda_gaussian, 2); }));
  table.add("well", rows.cells([&](std::size_t i) { return well(all[i]); }));
  table.add("R-hat", rows.cells([&](std::size_t i) { return fixed(all[i].rhat, 3); }));
}

}  // namespace kgon
