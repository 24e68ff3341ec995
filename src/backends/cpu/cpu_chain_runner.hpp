// Runs the chains of a job on one thread of the CPU.
#pragma once

#include <vector>

#include "backends/cpu/chain_pack.hpp"
#include "engine/model_chain_runner.hpp"

namespace kgon::cpu {

template <int H, int C, class Real>
class CpuChainRunner : public ModelChainRunner<H, C> {
 public:
  using Model = tms::Model<H, C>;
  using Group = ChainGroup<Model, Real>;
  using Run = bool (*)(const Group&, const ChainProgress&);

  // run: run_chains for an instruction set whose packs have `lanes` lanes.
  CpuChainRunner(Run run, std::uint32_t lanes) : run_(run), lanes_(lanes) {}

  // The packs of a job must not mix data sets: all its sites have one.
  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) override {
    const auto count = static_cast<std::uint32_t>(job.sites.size()) * job.chains;
    const std::uint32_t stride = (count + lanes_ - 1) / lanes_ * lanes_;
    this->make_room(job, outcome);
    parameters_.assign(static_cast<std::size_t>(stride) * Model::parameters, Real(0));
    centers_.assign(job.centers.begin(), job.centers.end());
    for (const SortedSampleTable* table : job.data) views_.push_back(table->view<std::uint32_t>());
    const Group group{job.settings,
                      job.sites.data(),
                      centers_.data(),
                      views_.data(),
                      job.levels,
                      job.chains,
                      0,
                      count,
                      stride,
                      parameters_.data(),
                      outcome.status.data(),
                      outcome.failed_step.data(),
                      outcome.accepted.data(),
                      outcome.elsewhere.data(),
                      outcome.unnamed.data(),
                      outcome.trace.empty() ? nullptr : outcome.trace.data(),
                      job.settings.draws,
                      1};
    const ChainProgress progress{proceed, &control};
    const bool done = run_(group, progress);
    views_.clear();
    return done;
  }

 private:
  static bool proceed(void* control, std::uint64_t chain_steps) {
    auto& c = *static_cast<RunControl*>(control);
    c.member_steps.fetch_add(chain_steps, std::memory_order_relaxed);
    return !c.stop.load(std::memory_order_relaxed);
  }

  Run run_;
  std::uint32_t lanes_;
  std::vector<Real> parameters_, centers_;
  std::vector<typename Group::Data> views_;
};

}  // namespace kgon::cpu
