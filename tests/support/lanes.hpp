// One lane of a scalar or a pack, so that a test can be written once for both.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kgon/math/pack.hpp"

namespace kgon::test {

template <class S>
inline constexpr int lanes_of = ScalarTraits<S>::lanes;
template <int L>
inline constexpr int lanes_of<Pack<std::uint32_t, L>> = L;
template <>
inline constexpr int lanes_of<std::uint32_t> = 1;

template <class S>
auto lane(const S& x, int l) {
  if constexpr (std::is_arithmetic_v<S>) {
    (void)l;
    return x;
  } else {
    return x.v[l];
  }
}

// A lane of a condition.
template <class Mask>
bool holds(const Mask& mask, int l) {
  return lane(mask, l) != 0;
}

template <class S, class T>
void set_lane(S& x, int l, T value) {
  if constexpr (std::is_arithmetic_v<S>) {
    (void)l;
    x = value;
  } else {
    x.v[l] = value;
  }
}

// The bits of a number; every NaN has the same ones here, because which NaN comes out of an
// operation on two of them is the compiler's choice.
template <class T>
std::uint64_t bits_of(T x) {
  if (x != x) return ~std::uint64_t{0};
  std::uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof x);
  return bits;
}

}  // namespace kgon::test
