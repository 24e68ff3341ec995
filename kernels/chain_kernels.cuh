// Definitions behind chain_kernels.hpp; one translation unit per model instantiates them.
#pragma once

#include "chain_kernels.hpp"
#include "kgon/batch/advance_chains.hpp"
#include "launch.cuh"

namespace kgon::cuda {

inline constexpr int chain_threads = 128;
// A stretch of steps of one chain, with its scratch in shared memory.
template <class Model, class Real, ChainMethod Method, LossSource Source>
struct AdvanceOneChain {
  using Advance = AdvanceChains<Model, Real, Method, Source>;
  Advance advance;
  std::uint64_t from, to;

  static constexpr std::size_t scratch_bytes = sizeof(Real) * Advance::scratch_entries;

  KGON_FUNCTION void operator()(std::uint32_t slot, const BlockScratch& scratch) const {
    StridedEntries<Real> entries{reinterpret_cast<Real*>(scratch.memory) + scratch.thread,
                                 scratch.threads};
    advance(slot, from, to, entries);
  }
};

template <int H, int C, class Real, ChainMethod Method, LossSource Source>
void launch_chains(const ChainGroup<tms::Model<H, C>, Real>& group, std::uint64_t from,
                   std::uint64_t to, cudaStream_t stream) {
  using Body = AdvanceOneChain<tms::Model<H, C>, Real, Method, Source>;
  launch_with_scratch("chain kernel", Body{{group}, from, to}, group.count, stream);
}

template <int H, int C, class Real>
void ChainKernels<H, C, Real>::start(const Group& group, cudaStream_t stream) {
  using Body = StartChain<tms::Model<H, C>, Real>;
  launch("chain start kernel", run_slots<chain_threads, Body>, chain_threads, 0, Body{group},
         group.count, stream);
}

template <int H, int C, class Real>
void ChainKernels<H, C, Real>::classify(const Group& group, cudaStream_t stream) {
  using Body = ClassifyChain<tms::Model<H, C>, Real>;
  launch("chain phase kernel", run_slots<chain_threads, Body>, chain_threads, 0, Body{group},
         group.count, stream);
}

template <int H, int C, class Real>
void ChainKernels<H, C, Real>::advance(const Group& group, std::uint64_t from, std::uint64_t to,
                                       cudaStream_t stream) {
  const bool population = group.settings.population;
  switch (chain_method(group.settings.sampler)) {
    case ChainMethod::langevin:
      return population ? launch_chains<H, C, Real, ChainMethod::langevin, LossSource::population>(
                              group, from, to, stream)
                        : launch_chains<H, C, Real, ChainMethod::langevin, LossSource::data>(
                              group, from, to, stream);
    case ChainMethod::hamiltonian:
      return population
                 ? launch_chains<H, C, Real, ChainMethod::hamiltonian, LossSource::population>(
                       group, from, to, stream)
                 : launch_chains<H, C, Real, ChainMethod::hamiltonian, LossSource::data>(
                       group, from, to, stream);
    case ChainMethod::stochastic:
      return launch_chains<H, C, Real, ChainMethod::stochastic, LossSource::data>(group, from, to,
                                                                                  stream);
  }
}

}  // namespace kgon::cuda
