// The functors of the kernels of the no-U-turn sampler, one "thread" per chain, on the host: what a
// device computes, for any model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/host_nuts_runner.hpp"
#include "kgon/batch/advance_nuts.hpp"

namespace kgon::test {

template <class Model, class Real, bool WithData = true>
class EmulatedNutsRunner : public HostNutsRunner<Model, Real> {
 public:
  using Group = NutsGroup<Model, Real>;

  void start(const NutsJob& job, std::span<const double> points) override {
    if constexpr (WithData) {
      view_.reset();
      if (job.data != nullptr) view_ = job.data->view();
    }
    // As many side by side as there are, as on a device.
    this->make_room(job, points, job.chains, view_ ? &*view_ : nullptr);
    for_chains([](const auto& advance, std::uint32_t slot, const auto& scratch) {
      advance.start(slot, scratch);
      return true;
    });
  }

  bool advance(RunControl&) override {
    return for_chains([](const auto& advance, std::uint32_t slot, const auto& scratch) {
      return advance(slot, leapfrogs, scratch);
    });
  }

 private:
  static constexpr int threads = 3;
  // Of a launch: few and odd, so that launches end anywhere in a tree.
  static constexpr std::uint32_t leapfrogs = 37;

  template <class Body>
  bool for_chains(const Body& body) {
    const Group& group = this->group_;
    if constexpr (WithData) {
      if (group.data != nullptr)
        return for_slots(AdvanceNuts<Model, Real, LossSource::data>{group}, body);
    }
    return for_slots(AdvanceNuts<Model, Real, LossSource::population>{group}, body);
  }
  template <class Advance, class Body>
  bool for_slots(const Advance& advance, const Body& body) {
    std::vector<Real> memory(static_cast<std::size_t>(threads) * Advance::scratch_entries);
    bool done = true;
    for (std::uint32_t slot = 0; slot < this->group_.count; ++slot) {
      const LaneEntries<Real> scratch{memory.data() + slot % threads, threads};
      done &= body(advance, slot, scratch);
    }
    return done;
  }

  std::optional<typename Group::Data> view_;
};

}  // namespace kgon::test
