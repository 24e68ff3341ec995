// How a plan is cut into batches, launches and blocks. None of it changes a result.
#pragma once

#include <cstdint>

namespace kgon::batches {

struct BatchSettings {
  // Several batches share a device: while the results of one travel and are written, the others
  // keep it busy.
  unsigned batches_per_device = 4;
  // Two of these fill the largest device several times over; a larger batch gains nothing.
  std::uint64_t largest_batch = 1u << 18;
  // One of these gives nearly every multiprocessor of an H100 (132) a block of 128 members, so that
  // three keep it busy while the results of one travel.
  std::uint64_t smallest_batch = 1u << 14;
  // Below this, running out of memory is a failure instead of a reason for smaller batches.
  std::uint64_t least_batch = 128;
  // Of one delivered block, unless a single member needs more.
  std::uint64_t block_bytes = 16u << 20;
  // Of the states of a batch on its way. A larger batch takes seconds, and is computed again.
  std::uint64_t most_state_bytes = 64u << 20;
  // Of one launch: about 0.2 s at 1e10 samples a second, so that a stop takes effect soon.
  std::uint64_t samples_per_launch = 2'000'000'000;
  std::uint32_t steps_per_launch = 10'000;
};

}  // namespace kgon::batches
