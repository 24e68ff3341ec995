#include "app/llc_summary_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "app/llc_columns.hpp"
#include "app/llc_names.hpp"
#include "app/progress.hpp"
#include "engine/llc_verdict.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr std::size_t shown_rows = 200;
// A median over some of the points stands beside one over all: it has to be of most of them.
constexpr double most_have_it = 0.5;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

// What the points of a line have in common, in the order of the lines: k-gons by k, then by the
// signs of their dead biases, and what is none last.
struct PoolKey {
  std::uint32_t origin;
  std::tuple<bool, int, int, int> phase;
  std::size_t group;
  double nbeta, gamma, step_scale;

  auto operator<=>(const PoolKey&) const = default;
};

PoolKey key_of(const LlcPlan& plan, std::size_t site, PhaseCode phase) {
  const LlcSite& s = plan.sites[site];
  const std::size_t group = static_cast<std::size_t>(&group_of(plan, site) - plan.groups.data());
  return {plan.origins[s.point].name,
          {phase == phase_other, tms::phase_vertices(phase), tms::phase_negative(phase),
           tms::phase_positive(phase)},
          group,
          s.nbeta,
          s.gamma,
          s.step_scale};
}

using Pools = std::map<PoolKey, std::vector<std::size_t>>;  // the sites of each

// Of the finite ones, `part` of which lie below it; NaN where there is none.
double quantile(std::vector<double> values, double part) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return std::nan("");
  std::ranges::sort(values);
  const double at = part * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

class SummaryTable {
 public:
  SummaryTable(const LlcPlan& plan, const std::vector<LlcEstimate>& estimates)
      : plan_(plan), all_(estimates) {
    for (std::size_t site = 0; site < all_.size(); ++site)
      pools_[key_of(plan, site, all_[site].phase)].push_back(site);
    for (const auto& [key, sites] : pools_) {
      if (lines_.sites.size() < shown_rows) lines_.sites.push_back(sites.front());
    }
  }

  std::string text() {
    table_.add("at", lines_.cells([&](std::size_t i) {
      return plan_.names[plan_.origins[plan_.sites[i].point].name];
    }),
               Align::left);
    table_.add("phase",
               lines_.cells([&](std::size_t i) { return tms::phase_label(all_[i].phase); }),
               Align::left);
    const std::string settings = add_settings(lines_, table_);
    add("points", [](const auto& sites, const auto&) { return fmt::format("{}", sites.size()); });
    add("ok", [](const auto&, const auto& ok) { return fmt::format("{}", ok.size()); });
    add_quantile("lambda 25 %", 0.25, &LlcEstimate::lambda_hat, 2);
    add_quantile("50 %", 0.5, &LlcEstimate::lambda_hat, 2);
    add_quantile("75 %", 0.75, &LlcEstimate::lambda_hat, 2);
    add_quantile("theory", 0.5, &LlcEstimate::lambda_theory, 1);
    add_quantile("Gauss", 0.5, &LlcEstimate::lambda_gaussian, 2, most_have_it);
    add_quantile("well", 0.5, &LlcEstimate::lambda_well, 2, most_have_it);
    add("outside", [&](const Sites&, const Sites& ok) {
      const double part = quantile(field_of(ok, &LlcEstimate::outside), 0.5);
      return std::isnan(part) ? std::string("-") : fmt::format("{:.0f} %", 100 * part);
    });
    table_.add("other verdicts",
               of_lines([&](const auto& sites, const auto&) { return other_verdicts(sites); }),
               Align::left);
    return fmt::format("{}\n\n{}{}\n{}", settings, table_.text(), rest(), reasons());
  }

 private:
  using Sites = std::vector<std::size_t>;

  template <class Text>
  std::vector<std::string> of_lines(const Text& text) const {
    std::vector<std::string> cells;
    for (const auto& [key, sites] : pools_) {
      if (cells.size() == shown_rows) break;
      Sites ok;
      std::ranges::copy_if(sites, std::back_inserter(ok),
                           [&](std::size_t i) { return all_[i].verdict == LlcVerdict::ok; });
      cells.push_back(text(sites, ok));
    }
    return cells;
  }
  template <class Text>
  void add(const char* name, const Text& text) {
    table_.add(name, of_lines(text));
  }
  // Nothing where less than the part `least` of the points has a number.
  void add_quantile(const char* name, double part, double LlcEstimate::*field, int digits,
                    double least = 0) {
    add(name, [&](const Sites&, const Sites& ok) {
      std::vector<double> values = field_of(ok, field);
      const auto known =
          std::ranges::count_if(values, [](double value) { return std::isfinite(value); });
      if (static_cast<double>(known) < least * static_cast<double>(ok.size()))
        return fixed(none, 2);
      return fixed(quantile(std::move(values), part), digits);
    });
  }

  std::vector<double> field_of(const Sites& sites, double LlcEstimate::*field) const {
    std::vector<double> values;
    for (const std::size_t site : sites) values.push_back(all_[site].*field);
    return values;
  }

  std::string other_verdicts(const Sites& sites) const {
    std::map<LlcVerdict, std::size_t> counts;
    for (const std::size_t site : sites) ++counts[all_[site].verdict];
    std::string text;
    for (const auto& [verdict, count] : counts) {
      if (verdict == LlcVerdict::ok) continue;
      text += fmt::format("{}{}: {}", text.empty() ? "" : "   ", verdict_name(verdict), count);
    }
    return text;
  }

  std::string rest() const {
    if (pools_.size() <= shown_rows) return "";
    return fmt::format("and {} more lines: the result has all points\n",
                       pools_.size() - shown_rows);
  }

  std::string reasons() const {
    std::map<LlcVerdict, std::pair<std::size_t, std::size_t>> first;  // site and count
    for (std::size_t site = 0; site < all_.size(); ++site) {
      auto& [example, count] = first.try_emplace(all_[site].verdict, site, 0).first->second;
      ++count;
    }
    std::string text =
        "quartiles and medians are of the points that are ok; outside: the looks "
        "at their phase that found another W_{k,sigma}\n";
    for (const auto& [verdict, found] : first) {
      if (verdict == LlcVerdict::ok) continue;
      const auto [site, count] = found;
      text += fmt::format("{}: {} of {}, the first at {}: {}\n", verdict_name(verdict), count,
                          all_.size(), point_name(plan_, site),
                          verdict_reason(group_of(plan_, site).sampler, all_[site]));
    }
    return text;
  }

  const LlcPlan& plan_;
  const std::vector<LlcEstimate>& all_;
  Pools pools_;
  LlcRows lines_{plan_, all_, {}};
  TextTable table_;
};

}  // namespace

std::string llc_summary_table(const LlcPlan& plan, const std::vector<LlcEstimate>& estimates) {
  return SummaryTable(plan, estimates).text();
}

}  // namespace kgon
