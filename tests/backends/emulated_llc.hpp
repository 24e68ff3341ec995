// The functors of the chain kernels, one "thread" per chain, on the host: what a device computes.
#pragma once

#include <vector>

#include "backends/batches/transpose.hpp"
#include "engine/llc_work.hpp"
#include "engine/model_chain_runner.hpp"
#include "kgon/batch/advance_chains.hpp"

namespace kgon::test {

template <int H, int C, class Real>
class EmulatedChainRunner : public ModelChainRunner<H, C> {
 public:
  using Model = tms::Model<H, C>;
  using Group = ChainGroup<Model, Real>;

  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl&) override {
    const auto count = static_cast<std::uint32_t>(job.sites.size() * job.chains);
    typename ModelChainRunner<H, C>::template HostArrays<Real> arrays;
    Group group = this->host_group(job, count, arrays, outcome);
    std::vector<double> by_draw(outcome.trace.size());  // draw by draw, as on a device
    group.trace = by_draw.empty() ? nullptr : by_draw.data();
    group.trace_slot_stride = 1;
    group.trace_draw_stride = count;
    launch(group);
    batches::transpose(by_draw.data(), by_draw.size() / count, count, outcome.trace.data());
    return true;
  }

 private:
  static constexpr int threads = 4;

  template <ChainMethod Method, LossSource Source>
  static void advance(const Group& group, std::uint64_t from, std::uint64_t to) {
    using Advance = AdvanceChains<Model, Real, Method, Source>;
    std::vector<Real> memory(static_cast<std::size_t>(threads) * Advance::scratch_entries);
    Advance step;
    step.group = group;
    for (std::uint32_t slot = 0; slot < group.count; ++slot) {
      StridedEntries<Real> scratch{memory.data() + slot % threads, threads};
      step(slot, from, to, scratch);
    }
  }

  static void launch(const Group& group) {
    const ChainSettings& settings = group.settings;
    for (std::uint32_t slot = 0; slot < group.count; ++slot) StartChain<Model, Real>{group}(slot);
    for (std::uint64_t t = 0; t < settings.steps();) {
      const std::uint64_t event = settings.next_event(t);
      const std::uint64_t to = std::min<std::uint64_t>(event, t + 7);
      advance_all(group, t, to);
      if (to == event && settings.is_look(to))
        for (std::uint32_t slot = 0; slot < group.count; ++slot)
          ClassifyChain<Model, Real>{group}(slot);
      t = to;
    }
  }

  static void advance_all(const Group& group, std::uint64_t from, std::uint64_t to) {
    const bool population = group.settings.population;
    switch (chain_method(group.settings.sampler)) {
      case ChainMethod::langevin:
        return population ? advance<ChainMethod::langevin, LossSource::population>(group, from, to)
                          : advance<ChainMethod::langevin, LossSource::data>(group, from, to);
      case ChainMethod::hamiltonian:
        return population
                   ? advance<ChainMethod::hamiltonian, LossSource::population>(group, from, to)
                   : advance<ChainMethod::hamiltonian, LossSource::data>(group, from, to);
      case ChainMethod::stochastic:
        return advance<ChainMethod::stochastic, LossSource::data>(group, from, to);
    }
  }
};

template <int H, int C>
void emulate_llc(const LlcPlan& plan, LlcSink& sink, RunControl& control) {
  LlcWork work(plan, sink, control);
  EmulatedChainRunner<H, C, float> in_float;
  EmulatedChainRunner<H, C, double> in_double;
  ChainRunner& runner =
      plan.precision == Precision::float64 ? static_cast<ChainRunner&>(in_double) : in_float;
  const auto all = [](const LlcGroup& group) { return group.site_count; };
  LlcShare share;
  while (work.next(all, false, share)) {
    share.task.threads = 3;
    LlcBlock block;
    if (!run_llc_task(share.task, runner, block, control)) return;
    sink.accept(std::move(block));
  }
}

}  // namespace kgon::test
