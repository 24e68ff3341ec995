// Plans of `llc` site by site, and a sink that keeps what comes out.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kgon/engine/backend.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon::test {

// A plan for two hidden dimensions and six features, without points yet.
inline LlcPlan empty_llc_plan(std::uint32_t chains) {
  LlcPlan plan;
  plan.shape = {2, 6};
  plan.chains = chains;
  plan.levels = tms::phase_levels(6);
  plan.data = {{999, 0, Purpose::shared_data}};
  return plan;
}

inline std::vector<double> labelled_point(const std::string& label, double dead_bias = -1) {
  return tms::standard_point(*tms::parse_phase_label(label), 6, dead_bias);
}

// A point with one site, whose identity is its number in the plan.
inline LlcSite& add_site(LlcPlan& plan, const std::vector<double>& w, double nbeta, double gamma) {
  const auto point = static_cast<std::uint32_t>(plan.sites.size());
  plan.points.insert(plan.points.end(), w.begin(), w.end());
  plan.names.push_back("point " + std::to_string(point));
  plan.origins.push_back({point});
  LlcSite site;
  site.point = point;
  site.identity = 1000 + point;
  site.nbeta = nbeta;
  site.gamma = gamma;
  return plan.sites.emplace_back(site);
}

// Makes a group of the sites that are in none yet.
inline LlcGroup& add_group(LlcPlan& plan, LlcGroup group) {
  group.key = 100 + plan.groups.size();
  for (const LlcGroup& before : plan.groups) group.first_site += before.site_count;
  group.site_count = plan.sites.size() - group.first_site;
  return plan.groups.emplace_back(std::move(group));
}

// The sites of a run, by their number in the plan.
struct FinishedSite {
  LlcEstimate estimate;
  std::vector<ChainRow> chains;
  std::vector<double> losses;
};

class LlcCollector : public LlcSink {
 public:
  std::map<std::size_t, FinishedSite> sites;

  void accept(LlcBlock&& block) override {
    const std::lock_guard lock(mutex_);
    const std::size_t count = block.estimates.size();
    for (std::size_t s = 0; s < count; ++s) {
      FinishedSite& site = sites[block.first_site + s];
      site.estimate = block.estimates[s];
      site.chains = part(block.chains, s, count);
      site.losses = part(block.losses, s, count);
    }
  }

 private:
  template <class T>
  static std::vector<T> part(const std::vector<T>& all, std::size_t s, std::size_t count) {
    const std::size_t length = all.size() / count;
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(s * length);
    return {first, first + static_cast<std::ptrdiff_t>(length)};
  }

  std::mutex mutex_;
};

}  // namespace kgon::test
