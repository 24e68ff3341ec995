// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) as a pure function, word for word what cuRAND's
// device generator gives: word i of curand_init(seed, subsequence, offset) is word (offset + i) & 3
// of block (offset + i) / 4.
#pragma once

#include <cstdint>

#include "kgon/math/scalar.hpp"

namespace kgon {

template <class W>
struct Words4 {
  W word[4];
};

struct PhiloxKey {
  std::uint32_t low;
  std::uint32_t high;
};

KGON_FUNCTION constexpr PhiloxKey philox_key(std::uint64_t seed) {
  return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
}

// Which member's numbers: the cell's key and the member index, low and high words per lane.
template <class W>
struct StreamId {
  PhiloxKey key;
  W member_low;
  W member_high;
};

// Block `block` (62 bits: cuRAND's offset / 4) of the member's stream.
template <class W>
KGON_FUNCTION Words4<W> philox(const StreamId<W>& stream, std::uint64_t block) {
  W c0(static_cast<std::uint32_t>(block));
  W c1(static_cast<std::uint32_t>(block >> 32));
  W c2 = stream.member_low;
  W c3 = stream.member_high;
  W k0(stream.key.low);
  W k1(stream.key.high);
  KGON_UNROLL
  for (int round = 0; round < 10; ++round) {
    W low0, high0, low1, high1;
    multiply_wide(c0, 0xD2511F53u, low0, high0);
    multiply_wide(c2, 0xCD9E8D57u, low1, high1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = k0 + W(0x9E3779B9u);
    k1 = k1 + W(0xBB67AE85u);
  }
  return {{c0, c1, c2, c3}};
}

}  // namespace kgon
