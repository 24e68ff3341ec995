// Random words for a purpose: a member's numbers are a function of (seed, cell, member, step,
// purpose) alone.
#pragma once

#include <cstdint>

#include "kgon/core/purpose.hpp"
#include "kgon/rng/philox.hpp"

namespace kgon {

// Number of the block-th block of four words for one purpose; block < 2^56.
KGON_FUNCTION constexpr std::uint64_t purpose_block(Purpose purpose, std::uint64_t block) {
  return static_cast<std::uint64_t>(purpose) << 56 | block;
}

template <class W>
KGON_FUNCTION Words4<W> philox(const StreamId<W>& stream, Purpose purpose, std::uint64_t block) {
  return philox(stream, purpose_block(purpose, block));
}

}  // namespace kgon
