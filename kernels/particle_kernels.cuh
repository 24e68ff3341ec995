// Definitions behind particle_kernels.hpp; one translation unit per model instantiates them.
#pragma once

#include "kgon/batch/move_particles.hpp"
#include "launch.cuh"
#include "particle_kernels.hpp"

namespace kgon::cuda {

inline constexpr int particle_threads = 128;

// A stage of one particle, with its scratch in shared memory.
template <class Model, class Real, LossSource Source>
struct MoveOneParticle {
  using Move = MoveParticles<Model, Real, Source>;
  Move move;
  ParticleStage stage;

  static constexpr std::size_t scratch_bytes = sizeof(Real) * Move::scratch_entries;

  KGON_FUNCTION void operator()(std::uint32_t slot, const BlockScratch& scratch) const {
    StridedEntries<Real> entries{reinterpret_cast<Real*>(scratch.memory) + scratch.thread,
                                 scratch.threads};
    move(slot, stage, entries);
  }
};

// The start of one particle.
template <class Model, class Real, LossSource Source>
struct StartOneParticle {
  using Move = MoveParticles<Model, Real, Source>;
  Move move;

  static constexpr std::size_t scratch_bytes = sizeof(Real) * Move::scratch_entries;

  KGON_FUNCTION void operator()(std::uint32_t slot, const BlockScratch& scratch) const {
    StridedEntries<Real> entries{reinterpret_cast<Real*>(scratch.memory) + scratch.thread,
                                 scratch.threads};
    move.start(slot, entries);
  }
};

template <int H, int C, class Real>
void ParticleKernels<H, C, Real>::start(const Group& group, cudaStream_t stream) {
  using Model = tms::Model<H, C>;
  if (group.data == nullptr) {
    launch_with_scratch("particle start kernel",
                        StartOneParticle<Model, Real, LossSource::population>{{group}}, group.count,
                        stream);
  } else {
    launch_with_scratch("particle start kernel",
                        StartOneParticle<Model, Real, LossSource::data>{{group}}, group.count,
                        stream);
  }
}

template <int H, int C, class Real>
void ParticleKernels<H, C, Real>::move(const Group& group, const ParticleStage& stage,
                                       cudaStream_t stream) {
  using Model = tms::Model<H, C>;
  if (group.data == nullptr) {
    launch_with_scratch("particle kernel",
                        MoveOneParticle<Model, Real, LossSource::population>{{group}, stage},
                        group.count, stream);
  } else {
    launch_with_scratch("particle kernel",
                        MoveOneParticle<Model, Real, LossSource::data>{{group}, stage}, group.count,
                        stream);
  }
}

template <int H, int C, class Real>
void ParticleKernels<H, C, Real>::gather(const Gather& gather, cudaStream_t stream) {
  launch("resampling kernel", run_slots<particle_threads, Gather>, particle_threads, 0, gather,
         gather.group.count, stream);
}

template <int H, int C, class Real>
void ParticleKernels<H, C, Real>::classify(const Group& group, cudaStream_t stream) {
  using Body = ClassifyParticle<tms::Model<H, C>, Real>;
  launch("particle phase kernel", run_slots<particle_threads, Body>, particle_threads, 0,
         Body{group}, group.count, stream);
}

}  // namespace kgon::cuda
