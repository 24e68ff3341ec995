// Islands of `sample` as bytes, and the way of an island's state out of a run and into the next.
#pragma once

#include <functional>
#include <span>

#include "engine/byte_stream.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

void put(const SampleBlock& block, ByteWriter& bytes);
void get(SampleBlock& block, ByteReader& bytes);

Bytes to_bytes(const SampleBlock& block);
// Reads what to_bytes wrote. DamagedBytes where the bytes end early or are not of the plan.
SampleBlock sample_block_from(std::span<const std::byte> bytes, const SamplePlan& plan);

// Where an island goes on from, and who wants to have it on its way.
class IslandStates {
 public:
  // Nobody, and from the beginning.
  IslandStates() = default;
  IslandStates(Bytes earlier, std::function<void(Bytes&&)> hold)
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

 private:
  Bytes earlier_;
  std::function<void(Bytes&&)> hold_;
  std::uint64_t answered_ = 0;
};

// Those of an island of the sink's run.
IslandStates island_states(SampleSink& sink, std::size_t run, std::uint32_t island);

}  // namespace kgon
