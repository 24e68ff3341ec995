// Streams of members, for scalars and packs.
#pragma once

#include "kgon/rng/philox.hpp"
#include "support/lanes.hpp"

namespace kgon::test {

inline StreamId<std::uint32_t> stream(std::uint64_t seed, std::uint64_t member) {
  return member_stream(seed, member);
}

// Lane l is member first + l * step.
template <class W>
StreamId<W> stream_of_lanes(std::uint64_t seed, std::uint64_t first, std::uint64_t step = 1) {
  StreamId<W> lanes{philox_key(seed), W(0u), W(0u)};
  for (int l = 0; l < lanes_of<W>; ++l) {
    const std::uint64_t member = first + step * static_cast<std::uint64_t>(l);
    set_lane(lanes.member_low, l, static_cast<std::uint32_t>(member));
    set_lane(lanes.member_high, l, static_cast<std::uint32_t>(member >> 32));
  }
  return lanes;
}

}  // namespace kgon::test
