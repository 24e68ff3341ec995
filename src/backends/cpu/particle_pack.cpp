// Compiled once per instruction set and model: KGON_ISA, KGON_HIDDEN and KGON_FEATURES come from
// CMake, which also gives the compiler the flags of that instruction set.
#include "backends/cpu/particle_pack.hpp"

#include "kgon/batch/move_particles.hpp"
#include "kgon/math/pack.hpp"

namespace kgon::cpu {
namespace {

// Calls body(first slot, scratch) for each pack until it says false.
template <class Move, class Group, class Body>
bool for_packs(const Group& group, const Body& body) {
  LocalEntries<typename Move::Scalar, Move::scratch_entries> scratch;
  for (std::uint32_t first = 0; first < group.count; first += Move::L)
    if (!body(first, scratch)) return false;
  return true;
}

template <class Move, class Group>
void start_packs(const Group& group) {
  const Move move{group};
  for_packs<Move>(group, [&](std::uint32_t first, auto& scratch) KGON_LAMBDA {
    move.start(first, scratch);
    return true;
  });
}

template <class Move, class Group>
bool move_packs(const Group& group, const ParticleStage& stage, const Progress& progress) {
  const Move move{group};
  return for_packs<Move>(group, [&](std::uint32_t first, auto& scratch) KGON_LAMBDA {
    move(first, stage, scratch);
    return progress.proceed(progress.context, 0);
  });
}

}  // namespace

template <class Isa, int H, int C, class Real>
void start_particles(const ParticleGroup<tms::Model<H, C>, Real>& group) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  if (group.data == nullptr) {
    start_packs<MoveParticles<Model, S, true>>(group);
  } else {
    start_packs<MoveParticles<Model, S, false>>(group);
  }
}

template <class Isa, int H, int C, class Real>
bool move_particles(const ParticleGroup<tms::Model<H, C>, Real>& group, const ParticleStage& stage,
                    const Progress& progress) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  return group.data == nullptr ? move_packs<MoveParticles<Model, S, true>>(group, stage, progress)
                               : move_packs<MoveParticles<Model, S, false>>(group, stage, progress);
}

#define KGON_INSTANTIATE(Real)                                                                  \
  template void start_particles<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, Real>(                    \
      const ParticleGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, Real>&);                      \
  template bool move_particles<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, Real>(                     \
      const ParticleGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, Real>&, const ParticleStage&, \
      const Progress&);
KGON_INSTANTIATE(float)
KGON_INSTANTIATE(double)
#undef KGON_INSTANTIATE

}  // namespace kgon::cpu
