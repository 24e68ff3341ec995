// How the code of the packs counts its steps and hears of a stop.
#pragma once

#include "backends/cpu/pack_task.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cpu {

inline Progress progress_of(RunControl& control) {
  const auto proceed = [](void* context, std::uint64_t member_steps) {
    auto& c = *static_cast<RunControl*>(context);
    c.member_steps.fetch_add(member_steps, std::memory_order_relaxed);
    return !c.stop.load(std::memory_order_relaxed);
  };
  return {proceed, &control};
}

}  // namespace kgon::cpu
