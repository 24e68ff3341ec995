// Keeps the particles of one island on one thread of the CPU.
#pragma once

#include <optional>

#include "backends/cpu/particle_pack.hpp"
#include "backends/cpu/progress_of.hpp"
#include "engine/host_particle_runner.hpp"

namespace kgon::cpu {

template <int H, int C, class Real>
class CpuParticleRunner : public HostParticleRunner<tms::Model<H, C>, Real> {
 public:
  using Group = ParticleGroup<tms::Model<H, C>, Real>;
  using Start = void (*)(const Group&);
  using Move = bool (*)(const Group&, const ParticleStage&, const Progress&);

  // start, move: those of an instruction set whose packs have `lanes` lanes.
  CpuParticleRunner(Start start, Move move, std::uint32_t lanes)
      : start_(start), move_(move), lanes_(lanes) {}

  void start(const ParticleJob& job) override {
    view_.reset();
    if (job.data != nullptr) view_ = job.data->view();
    const std::uint32_t stride = (job.particles + lanes_ - 1) / lanes_ * lanes_;
    this->make_room(job, stride, view_ ? &*view_ : nullptr);
    start_(this->group_);
  }

  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    return move_(this->group_, stage, progress_of(control)) ? this->all_accepted() : 0;
  }

 private:
  Start start_;
  Move move_;
  std::uint32_t lanes_;
  std::optional<tms::SortedSamples> view_;
};

}  // namespace kgon::cpu
