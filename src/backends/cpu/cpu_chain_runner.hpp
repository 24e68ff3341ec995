// Runs the chains of a job on one thread of the CPU.
#pragma once

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
  using Run = bool (*)(const Group&, const Progress&);

  // run: run_chains for an instruction set whose packs have `lanes` lanes.
  CpuChainRunner(Run run, std::uint32_t lanes) : run_(run), lanes_(lanes) {}

  // The packs of a job must not mix data sets: all its sites have one.
  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) override {
    const auto count = static_cast<std::uint32_t>(job.sites.size()) * job.chains;
    const std::uint32_t stride = (count + lanes_ - 1) / lanes_ * lanes_;
    return run_(this->host_group(job, stride, arrays_, outcome), progress_of(control));
  }

 private:
  Run run_;
  std::uint32_t lanes_;
  typename ModelChainRunner<H, C>::template HostArrays<Real> arrays_;
};

}  // namespace kgon::cpu
