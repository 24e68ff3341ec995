// Gates of equal bits: small studies on the device and on one thread of the baseline instruction
// set.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/bench_gates.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

using Values = std::vector<double>;
// Everything that is compared, by cell and member, group and site, or run and island.
using Results = std::map<std::pair<std::uint64_t, std::uint64_t>, Values>;

template <class T>
void append(Values& to, const std::vector<T>& values, std::size_t part, std::size_t parts) {
  const std::size_t size = values.size() / parts;
  for (std::size_t k = part * size; k < (part + 1) * size; ++k)
    to.push_back(static_cast<double>(values[k]));
}

class MemberSink : public TrainSink {
 public:
  void accept(TrainBlock&& block) override {
    const std::lock_guard lock(mutex_);
    const std::size_t members = block.range.count;
    for (std::size_t m = 0; m < members; ++m) {
      Values& values = results[{block.range.cell, block.range.first + m}];
      append(values, block.parameters, m, members);
      append(values, block.training_loss, m, members);
      append(values, block.population_loss, m, members);
      append(values, block.phase, m, members);
      append(values, block.visits, m, members);
    }
  }
  Results results;

 private:
  std::mutex mutex_;
};

class SiteSink : public LlcSink {
 public:
  void accept(LlcBlock&& block) override {
    const std::lock_guard lock(mutex_);
    const std::size_t sites = block.estimates.size();
    for (std::size_t s = 0; s < sites; ++s) {
      Values& values = results[{0, block.first_site + s}];
      append(values, block.losses, s, sites);
      values.push_back(block.estimates[s].lambda_hat);
    }
  }
  Results results;

 private:
  std::mutex mutex_;
};

class IslandSink : public SampleSink {
 public:
  void accept(SampleBlock&& block) override {
    const std::lock_guard lock(mutex_);
    Values& values = results[{block.run, block.island}];
    append(values, block.parameters, 0, 1);
    append(values, block.loss, 0, 1);
    append(values, block.phase, 0, 1);
    values.insert(values.end(),
                  {block.log_evidence, block.mean_loss, static_cast<double>(block.leapfrogs)});
  }
  Results results;

 private:
  std::mutex mutex_;
};

// memcmp, because a number that is no number equals itself here.
bool have_same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

Gate compared(const std::string& suite, const Results& found, const Results& expected,
              const std::string& noun) {
  const auto differing = std::ranges::count_if(expected, [&](const Results::value_type& entry) {
    const auto other = found.find(entry.first);
    return other == found.end() || !have_same_bits(entry.second, other->second);
  });
  const bool same = differing == 0 && found.size() == expected.size() && !expected.empty();
  return {suite, "same bits", same,
          fmt::format("{} of {} {} differ from those of one baseline thread", differing,
                      expected.size(), noun)};
}

TrainCell small_cell(const ModelShape& shape, Dataset dataset, Batching batching,
                     std::uint32_t samples, std::uint32_t batch) {
  TrainCell cell;
  cell.init = "4";
  cell.key = 77 + samples;
  cell.start = tms::standard_point(tms::phase_code(4, 0, 0), shape.features, 0.0);
  cell.start_noise = 0.05;
  cell.learning_rate = 0.02;
  cell.dataset = dataset;
  cell.batching = batching;
  cell.samples = samples;
  cell.batch = batch;
  cell.steps = 150;
  cell.record_steps = {0, 70, 150};
  cell.classify_every = 17;
  return cell;
}

// A number of members that fills no pack.
TrainPlan small_descents(const GateSubject& subject) {
  TrainPlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.trajectories = plan.count = 37;
  plan.levels = tms::phase_levels(subject.shape.features);
  for (const Dataset dataset : {Dataset::own, Dataset::shared})
    for (const Batching batching : {Batching::shuffle, Batching::replacement})
      for (const auto& [n, batch] : {std::pair{200u, 20u}, std::pair{5003u, 7u}})
        plan.cells.push_back(small_cell(subject.shape, dataset, batching, n, batch));
  plan.cells.push_back(small_cell(subject.shape, Dataset::population, Batching::shuffle, 1, 1));
  return plan;
}

LlcPlan small_chains(const GateSubject& subject) {
  LlcPlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.chains = 5;
  plan.keep_losses = true;
  plan.points = tms::standard_point(tms::phase_code(5, 0, 0), subject.shape.features, -1.0);
  plan.origins = {{}};
  plan.names = {"5"};
  plan.data = {{77, 0, Purpose::shared_data}};
  plan.levels = tms::phase_levels(subject.shape.features);
  for (const Sampler sampler : {Sampler::langevin, Sampler::mala, Sampler::hmc, Sampler::sgld}) {
    LlcGroup group;
    group.key = 77 + static_cast<std::uint64_t>(sampler);
    group.sampler = sampler;
    group.samples = 1000;
    group.batch = 20;
    group.draws = 20;
    group.thin = 3;
    group.first_site = plan.sites.size();
    group.site_count = 3;
    plan.groups.push_back(group);
    for (std::uint64_t s = 0; s < group.site_count; ++s) {
      LlcSite site;
      site.identity = s + 1;
      site.nbeta = 145;
      site.gamma = 1;
      site.step_size = sampler == Sampler::hmc ? 0.04 : 0.0007;
      plan.sites.push_back(site);
    }
  }
  return plan;
}

SamplePlan small_posteriors(const GateSubject& subject, SampleMethod method) {
  SamplePlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.method = method;
  plan.levels = tms::phase_levels(subject.shape.features);
  plan.smc.islands = 3;
  plan.smc.particles = 37;
  plan.smc.leapfrogs = 5;
  plan.chains.chains = 13;
  plan.chains.warmup = 20;
  plan.chains.max_depth = 5;
  plan.draws = 7;
  for (const bool population : {false, true}) {
    SampleRun& run = plan.runs.emplace_back();
    run.key = 77 + plan.runs.size();
    run.samples = 100;
    run.population = population;
    run.data = {77, 0, Purpose::shared_data};
  }
  return plan;
}

}  // namespace

Gate train_bits_gate(const GateSubject& subject) {
  const TrainPlan plan = small_descents(subject);
  MemberSink found, expected;
  subject.backend.train(plan, found, subject.control);
  subject.reference.train(plan, expected, subject.control);
  return compared("train", found.results, expected.results, "trajectories");
}

Gate llc_bits_gate(const GateSubject& subject) {
  const LlcPlan plan = small_chains(subject);
  SiteSink found, expected;
  subject.backend.estimate_llc(plan, found, subject.control);
  subject.reference.estimate_llc(plan, expected, subject.control);
  return compared("llc", found.results, expected.results, "sites");
}

Gate sample_bits_gate(const GateSubject& subject) {
  Results found, expected;
  for (const SampleMethod method : {SampleMethod::smc, SampleMethod::hmc, SampleMethod::nuts}) {
    const SamplePlan plan = small_posteriors(subject, method);
    IslandSink on_device, on_reference;
    subject.backend.sample(plan, on_device, subject.control);
    subject.reference.sample(plan, on_reference, subject.control);
    const std::uint64_t first = 10 * static_cast<std::uint64_t>(method);
    for (auto& [key, values] : on_device.results)
      found[{first + key.first, key.second}] = std::move(values);
    for (auto& [key, values] : on_reference.results)
      expected[{first + key.first, key.second}] = std::move(values);
  }
  return compared("sample", found, expected, "islands");
}

}  // namespace kgon
