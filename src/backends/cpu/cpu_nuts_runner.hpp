// Keeps the chains of one island of the no-U-turn sampler on one thread of the CPU.
#pragma once

#include <optional>

#include "backends/cpu/particle_pack.hpp"
#include "backends/cpu/progress_of.hpp"
#include "engine/host_nuts_runner.hpp"

namespace kgon::cpu {

template <int H, int C, class Real>
class CpuNutsRunner : public HostNutsRunner<tms::Model<H, C>, Real> {
 public:
  using Group = NutsGroup<tms::Model<H, C>, Real>;
  using Start = void (*)(const Group&);
  using Advance = bool (*)(const Group&, std::uint32_t, const Progress&);

  // start, advance: those of an instruction set whose packs have `lanes` lanes.
  CpuNutsRunner(Start start, Advance advance, std::uint32_t lanes)
      : start_(start), advance_(advance), lanes_(lanes) {}

  void start(const NutsJob& job, std::span<const double> points) override {
    view_.reset();
    if (job.data != nullptr) view_ = job.data->view();
    this->make_room(job, points, lanes_, view_ ? &*view_ : nullptr);
    start_(this->group_);
  }

  bool advance(RunControl& control) override {
    // About a millisecond of a pack.
    return advance_(this->group_, 1024, progress_of(control));
  }

 private:
  Start start_;
  Advance advance_;
  std::uint32_t lanes_;
  std::optional<tms::SortedSamples> view_;
};

}  // namespace kgon::cpu
