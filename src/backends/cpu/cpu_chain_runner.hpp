// Runs the chains of a job on one thread of the CPU.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "backends/cpu/chain_pack.hpp"
#include "backends/cpu/progress_of.hpp"
#include "engine/model_chain_runner.hpp"

namespace kgon::cpu {

template <int H, int C, class Real>
class CpuChainRunner : public ModelChainRunner<H, C> {
 public:
  using Model = tms::Model<H, C>;
  using Group = ChainGroup<Model, Real>;
  using Run = bool (*)(const Group&, const Progress&, const ChainExchange&);

  // run: run_chains for an instruction set whose packs have `lanes` lanes.
  CpuChainRunner(Run run, std::uint32_t lanes) : run_(run), lanes_(lanes) {}

  // The packs of a job must not mix data sets: all its sites have one.
  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) override {
    return run_on(job, {}, outcome, control);
  }

  bool run_on(const ChainJob& job, const ChainStates& states, ChainOutcome& outcome,
              RunControl& control) override {
    const auto count = static_cast<std::uint32_t>(job.sites.size()) * job.chains;
    const std::uint32_t stride = (count + lanes_ - 1) / lanes_ * lanes_;
    const Group group = this->host_group(job, stride, arrays_, outcome);
    std::vector<std::uint64_t> step(count, 0);
    if (states.earlier && fits(*states.earlier, outcome))
      restore(*states.earlier, group, step, outcome);
    Way way{group, step, outcome, states};
    return run_(group, progress_of(control),
                {step.data(), [](void* w) { return static_cast<Way*>(w)->is_wanted(); },
                 [](void* w) { static_cast<Way*>(w)->hold(); }, &way});
  }

 private:
  static constexpr std::size_t P = Model::parameters;

  // Out of the packs.
  struct Way {
    const Group& group;
    const std::vector<std::uint64_t>& step;
    const ChainOutcome& outcome;
    const ChainStates& states;

    bool is_wanted() const { return states.is_wanted && states.is_wanted(); }
    void hold() const {
      if (!states.hold) return;
      ChainsOnTheWay chains{step, std::vector<double>(step.size() * P), outcome};
      for (std::size_t slot = 0; slot < step.size(); ++slot)
        for (std::size_t p = 0; p < P; ++p)
          chains.parameters[slot * P + p] =
              static_cast<double>(group.parameters[p * group.stride + slot]);
      states.hold(std::move(chains));
    }
  };

  // Whether these are chains of a job like that of `outcome`.
  static bool fits(const ChainsOnTheWay& from, const ChainOutcome& outcome) {
    const std::size_t count = outcome.status.size();
    return from.step.size() == count && from.parameters.size() == count * P &&
           from.outcome.status.size() == count && from.outcome.trace.size() == outcome.trace.size();
  }

  // `outcome` keeps its arrays, which the group points to.
  static void restore(const ChainsOnTheWay& from, const Group& group,
                      std::vector<std::uint64_t>& step, ChainOutcome& outcome) {
    step = from.step;
    for (std::size_t slot = 0; slot < step.size(); ++slot)
      for (std::size_t p = 0; p < P; ++p)
        group.parameters[p * group.stride + slot] =
            static_cast<Real>(from.parameters[slot * P + p]);
    std::ranges::copy(from.outcome.trace, outcome.trace.begin());
    std::ranges::copy(from.outcome.status, outcome.status.begin());
    std::ranges::copy(from.outcome.failed_step, outcome.failed_step.begin());
    std::ranges::copy(from.outcome.accepted, outcome.accepted.begin());
    std::ranges::copy(from.outcome.elsewhere, outcome.elsewhere.begin());
    std::ranges::copy(from.outcome.unnamed, outcome.unnamed.begin());
    std::ranges::copy(from.outcome.outside, outcome.outside.begin());
  }

  Run run_;
  std::uint32_t lanes_;
  typename ModelChainRunner<H, C>::template HostArrays<Real> arrays_;
};

}  // namespace kgon::cpu
