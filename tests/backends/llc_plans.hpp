// Plans of `llc` and their collected estimates for the conformance suite.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "kgon/engine/backend.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon::test {

// Everything that a back end reports of one site, as bytes.
using SiteBytes = std::map<std::size_t, std::vector<unsigned char>>;

class CollectingLlcSink : public LlcSink {
 public:
  explicit CollectingLlcSink(const LlcPlan& plan) : chains_(plan.chains) {}

  void accept(LlcBlock&& block) override {
    const std::lock_guard lock(mutex_);
    const std::size_t sites = block.estimates.size();
    for (std::size_t s = 0; s < sites; ++s) {
      std::vector<unsigned char> bytes;
      append_estimate(bytes, block.estimates[s]);
      for (std::size_t c = s * chains_; c < (s + 1) * chains_; ++c) {
        append_chain(bytes, block.chains[c]);
        append_chain(chains[block.first_site + s].emplace_back(), block.chains[c]);
      }
      const std::size_t draws = block.losses.size() / sites;
      for (std::size_t d = s * draws; d < (s + 1) * draws; ++d) append(bytes, block.losses[d]);
      duplicates += this->sites.contains(block.first_site + s) ? 1 : 0;
      this->sites[block.first_site + s] = std::move(bytes);
      estimates[block.first_site + s] = block.estimates[s];
    }
  }

  SiteBytes sites;
  std::map<std::size_t, std::vector<std::vector<unsigned char>>> chains;  // of each site
  std::map<std::size_t, LlcEstimate> estimates;
  int duplicates = 0;

 private:
  template <class T>
  static void append(std::vector<unsigned char>& bytes, const T& value) {
    const auto* first = reinterpret_cast<const unsigned char*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof(T));
  }
  // Field by field: what lies between them is nobody's.
  static void append_estimate(std::vector<unsigned char>& bytes, const LlcEstimate& e) {
    for (const double x : {e.lambda_hat,
                           e.mcse,
                           e.rhat,
                           e.ess,
                           e.acceptance,
                           e.below,
                           e.elsewhere,
                           e.outside,
                           e.well_depth,
                           e.unnamed,
                           e.drift,
                           e.bias,
                           e.bias_mcse,
                           e.loss,
                           e.gradient_norm,
                           e.step_size,
                           e.lambda_gaussian,
                           e.lambda_alive,
                           e.lambda_well,
                           e.loss_error,
                           e.step_bias,
                           e.localization_bias,
                           e.largest_curvature,
                           e.smallest_curvature,
                           e.smallest_precision,
                           e.lambda_theory})
      append(bytes, x);
    append(bytes, e.phase);
    append(bytes, e.chains_used);
    append(bytes, e.dropped_below);
    append(bytes, e.dropped_failed);
    append(bytes, e.verdict);
    append(bytes, e.signs);
  }
  static void append_chain(std::vector<unsigned char>& bytes, const ChainRow& row) {
    append(bytes, row.status);
    append(bytes, row.use);
    append(bytes, row.failed_step);
    for (const double x :
         {row.mean_excess, row.acceptance, row.below, row.elsewhere, row.unnamed, row.outside})
      append(bytes, x);
  }

  std::size_t chains_;
  std::mutex mutex_;
};

// A group of every label given, with four data sets to choose from.
inline void add_group(LlcPlan& plan, Sampler sampler, bool population, Estimator estimator,
                      std::uint64_t draws, std::size_t points) {
  LlcGroup group;
  group.key = 100 + plan.groups.size();
  group.sampler = sampler;
  group.estimator = estimator;
  group.population = population;
  group.samples = 300;
  group.batch = 20;
  group.leapfrogs = 6;
  group.burn_in = 9;
  group.draws = draws;
  group.thin = 2;
  group.classify_every = 5;
  group.first_site = plan.sites.size();
  group.site_count = points;
  for (std::size_t p = 0; p < points; ++p) {
    LlcSite site;
    site.point = static_cast<std::uint32_t>(p);
    site.data = static_cast<std::uint32_t>(p / 2 % plan.data.size());
    site.identity = 77 * (p + 1) + plan.groups.size();
    site.nbeta = 50.0 + 10 * static_cast<double>(p);
    site.gamma = 1 + static_cast<double>(p);
    const bool planted = p == 3 && sampler == Sampler::langevin;
    site.step_size = planted ? 3.0 : p == 2 ? 0 : 0.0004;
    plan.sites.push_back(site);
  }
  plan.groups.push_back(group);
}

// Every sampler, both losses, tuned and given step sizes, one of which blows up, 5 chains a site so
// that no pack is filled by one.
inline LlcPlan mixed_llc_plan(Precision precision) {
  LlcPlan plan;
  plan.precision = precision;
  plan.chains = 5;
  plan.check_bias = true;
  plan.keep_losses = true;
  plan.levels = tms::phase_levels(6);
  plan.names = {"mixed"};
  for (const char* label : {"5", "5+", "6", "4", "4+"}) {
    const auto w = tms::standard_point(*tms::parse_phase_label(label), 6, -1.0);
    plan.points.insert(plan.points.end(), w.begin(), w.end());
    plan.origins.push_back({});
  }
  for (std::uint64_t member = 0; member < 4; ++member)
    plan.data.push_back({5, member, member < 2 ? Purpose::data : Purpose::shared_data});
  for (const Sampler sampler : {Sampler::langevin, Sampler::mala, Sampler::hmc})
    for (const bool population : {false, true})
      add_group(plan, sampler, population, Estimator::exact, 20, 5);
  add_group(plan, Sampler::sgld, false, Estimator::exact, 20, 5);
  add_group(plan, Sampler::sgld, false, Estimator::devinterp, 20, 5);
  return plan;
}

}  // namespace kgon::test
