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

KGON_FUNCTION StreamId<std::uint32_t> member_stream(std::uint64_t key, std::uint64_t member) {
  return {philox_key(key), static_cast<std::uint32_t>(member),
          static_cast<std::uint32_t>(member >> 32)};
}

// State of the cipher: the counter under way and the round keys.
template <class W>
struct PhiloxState {
  W c0, c1, c2, c3;
  W k0, k1;

  KGON_FUNCTION PhiloxState(const StreamId<W>& stream, std::uint64_t block)
      : c0(static_cast<std::uint32_t>(block)),
        c1(static_cast<std::uint32_t>(block >> 32)),
        c2(stream.member_low),
        c3(stream.member_high) {
    std::uint32_t key_low = stream.key.low, key_high = stream.key.high;
    KGON_FORGET(key_low);
    KGON_FORGET(key_high);
    k0 = W(key_low);
    k1 = W(key_high);
  }

  KGON_FUNCTION void round() {
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
};

// Block `block` (62 bits: cuRAND's offset / 4) of the member's stream.
template <class W>
KGON_FUNCTION Words4<W> philox(const StreamId<W>& stream, std::uint64_t block) {
  PhiloxState<W> state(stream, block);
  KGON_UNROLL
  for (int r = 0; r < 10; ++r) state.round();
  return {{state.c0, state.c1, state.c2, state.c3}};
}

// The same words from a loop that is half unrolled: with fewer registers and instructions, for
// places that are rarely reached or short of registers.
template <class W>
KGON_FUNCTION Words4<W> philox_compact(const StreamId<W>& stream, std::uint64_t block) {
  PhiloxState<W> state(stream, block);
  KGON_UNROLL_BY_FIVE
  for (int r = 0; r < 10; ++r) state.round();
  return {{state.c0, state.c1, state.c2, state.c3}};
}

}  // namespace kgon
