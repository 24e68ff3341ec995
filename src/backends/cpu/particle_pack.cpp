// Compiled once per instruction set and model: KGON_ISA, KGON_HIDDEN and KGON_FEATURES come from
// CMake, which also gives the compiler the flags of that instruction set.
#include "backends/cpu/particle_pack.hpp"

#include "kgon/batch/advance_nuts.hpp"
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

// Calls body(advance, first slot, scratch) for each pack until it says false.
template <class Advance, class Group, class Body>
void for_nuts_packs(const Group& group, const Body& body) {
  using S = typename Advance::Scalar;
  alignas(64) RealOf<S> memory[Advance::scratch_entries * Advance::L];
  for (auto& entry : memory) entry = 0;
  for (std::uint32_t first = 0; first < group.count; first += Advance::L)
    if (!body(Advance{group}, first, LaneEntries<S>{memory, 1})) return;
}

template <class Advance, class Group>
void start_nuts_packs(const Group& group) {
  for_nuts_packs<Advance>(
      group, [](const Advance& advance, std::uint32_t first, const auto& scratch) KGON_LAMBDA {
        advance.start(first, scratch);
        return true;
      });
}

template <class Advance, class Group>
bool advance_nuts_packs(const Group& group, std::uint32_t leapfrogs, const Progress& progress) {
  bool done = true;
  for_nuts_packs<Advance>(
      group, [&](const Advance& advance, std::uint32_t first, const auto& scratch) KGON_LAMBDA {
        done &= advance(first, leapfrogs, scratch);
        const bool proceeds = progress.proceed(progress.context, 0);
        done &= proceeds;
        return proceeds;
      });
  return done;
}

}  // namespace

template <class Isa, int H, int C, class Real>
void start_nuts(const NutsGroup<tms::Model<H, C>, Real>& group) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  start_nuts_packs<AdvanceNuts<Model, S, LossSource::either>>(group);
}

template <class Isa, int H, int C, class Real>
bool advance_nuts(const NutsGroup<tms::Model<H, C>, Real>& group, std::uint32_t leapfrogs,
                  const Progress& progress) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  return advance_nuts_packs<AdvanceNuts<Model, S, LossSource::either>>(group, leapfrogs, progress);
}

template <class Isa, int H, int C, class Real>
void start_particles(const ParticleGroup<tms::Model<H, C>, Real>& group) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  start_packs<MoveParticles<Model, S, LossSource::either>>(group);
}

template <class Isa, int H, int C, class Real>
bool move_particles(const ParticleGroup<tms::Model<H, C>, Real>& group, const ParticleStage& stage,
                    const Progress& progress) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  return move_packs<MoveParticles<Model, S, LossSource::either>>(group, stage, progress);
}

#define KGON_INSTANTIATE(Real)                                                                  \
  template void start_particles<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, Real>(                    \
      const ParticleGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, Real>&);                      \
  template bool move_particles<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, Real>(                     \
      const ParticleGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, Real>&, const ParticleStage&, \
      const Progress&);                                                                         \
  template void start_nuts<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, Real>(                         \
      const NutsGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, Real>&);                          \
  template bool advance_nuts<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, Real>(                       \
      const NutsGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, Real>&, std::uint32_t,            \
      const Progress&);
KGON_INSTANTIATE(float)
KGON_INSTANTIATE(double)
#undef KGON_INSTANTIATE

}  // namespace kgon::cpu
