// The functors of the particle kernels, one "thread" per particle, on the host: what a device
// computes, for any model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/host_particle_runner.hpp"
#include "kgon/batch/move_particles.hpp"

namespace kgon::test {

template <class Model, class Real, bool WithData = true>
class EmulatedParticleRunner : public HostParticleRunner<Model, Real> {
 public:
  using Group = ParticleGroup<Model, Real>;

  void start(const ParticleJob& job) override {
    if constexpr (WithData) {
      view_.reset();
      if (job.data != nullptr) view_ = job.data->view();
    }
    this->make_room(job, job.particles, view_ ? &*view_ : nullptr);
    for_particles(
        [](const auto& move, std::uint32_t slot, auto& scratch) { move.start(slot, scratch); });
  }

  std::uint64_t move(const ParticleStage& stage, RunControl&) override {
    for_particles(
        [&](const auto& move, std::uint32_t slot, auto& scratch) { move(slot, stage, scratch); });
    return this->all_accepted();
  }

 private:
  static constexpr int threads = 3;

  template <class Body>
  void for_particles(const Body& body) {
    const Group& group = this->group_;
    if constexpr (WithData) {
      if (group.data != nullptr)
        return for_slots(MoveParticles<Model, Real, LossSource::data>{group}, body);
    }
    for_slots(MoveParticles<Model, Real, LossSource::population>{group}, body);
  }
  template <class Move, class Body>
  void for_slots(const Move& move, const Body& body) {
    std::vector<Real> memory(static_cast<std::size_t>(threads) * Move::scratch_entries);
    for (std::uint32_t slot = 0; slot < this->group_.count; ++slot) {
      StridedEntries<Real> scratch{memory.data() + slot % threads, threads};
      body(move, slot, scratch);
    }
  }

  std::optional<typename Group::Data> view_;
};

}  // namespace kgon::test
