// The way of a piece of work, an island or the chains of some sites, out of a run and into the
// next.
#pragma once

#include <functional>
#include <span>
#include <utility>

#include "engine/byte_stream.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// Where a piece of work goes on from, and who wants to have it on its way.
class WorkStates {
 public:
  // Nobody, and from the beginning.
  WorkStates() = default;
  WorkStates(Bytes earlier, std::function<void(Bytes&&)> hold)
      : earlier_(std::move(earlier)), hold_(std::move(hold)) {}

  // Empty: from the beginning.
  std::span<const std::byte> earlier() const { return earlier_; }
  // Between two steps: hands out save() if it is wanted.
  template <class Save>
  void offer(const RunControl& control, const Save& save) {
    const std::uint64_t requests = control.state_requests.load(std::memory_order_relaxed);
    if (requests == answered_ || !hold_) return;
    answered_ = requests;
    hold_(save());
  }
  // Hands it out, whether it is wanted or not.
  void hold(Bytes&& state) const {
    if (hold_) hold_(std::move(state));
  }

 private:
  Bytes earlier_;
  std::function<void(Bytes&&)> hold_;
  std::uint64_t answered_ = 0;
};

}  // namespace kgon
