// Elementary operations with one meaning on every side. A functor templated over a scalar type S
// uses only these names; `pack.hpp` gives the same names for packs of lanes.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kgon/core/macros.hpp"

namespace kgon {

// Word: the 32-bit random words that go with S. Real: the type of one lane. Wide: as many lanes of
// double, for sums that float would round away. Float: as many lanes of float.
template <class S>
struct ScalarTraits;

template <>
struct ScalarTraits<float> {
  using Real = float;
  using Wide = double;
  using Float = float;
  using Mask = bool;
  using Word = std::uint32_t;
  static constexpr int lanes = 1;
  static KGON_FUNCTION float load(const float* from) { return *from; }
};

template <>
struct ScalarTraits<double> {
  using Real = double;
  using Wide = double;
  using Float = float;
  using Mask = bool;
  using Word = std::uint32_t;
  static constexpr int lanes = 1;
  static KGON_FUNCTION double load(const double* from) { return *from; }
};

template <class S>
using RealOf = typename ScalarTraits<S>::Real;
template <class S>
using MaskOf = typename ScalarTraits<S>::Mask;
template <class S>
using WordOf = typename ScalarTraits<S>::Word;
template <class S>
using WideOf = typename ScalarTraits<S>::Wide;
template <class S>
using FloatOf = typename ScalarTraits<S>::Float;

template <>
struct ScalarTraits<std::uint32_t> {
  static KGON_FUNCTION std::uint32_t load(const std::uint32_t* from) { return *from; }
};

// Turns of a loop over P parameters that a device unrolls. The arrays of a model of up to 18 stay
// in registers, in float, where all loops over them are unrolled whole; others lie in local memory.
template <class S, int P>
inline constexpr int device_turns = sizeof(RealOf<S>) == sizeof(float) && P <= 18 ? P : 3;

// From consecutive values in memory, one a lane; S may also be a word type.
template <class S, class T>
KGON_FUNCTION S load_lanes(const T* from) {
  return ScalarTraits<S>::load(from);
}

// a*b + c, rounded once.
KGON_FUNCTION float fma(float a, float b, float c) {
  return ::fmaf(a, b, c);
}
KGON_FUNCTION double fma(double a, double b, double c) {
  return ::fma(a, b, c);
}

KGON_FUNCTION float square_root(float x) {
  return ::sqrtf(x);
}
KGON_FUNCTION double square_root(double x) {
  return ::sqrt(x);
}

template <class T>
KGON_FUNCTION T select(bool condition, T yes, T no) {
  return condition ? yes : no;
}
KGON_FUNCTION bool any(bool condition) {
  return condition;
}
KGON_FUNCTION bool all(bool condition) {
  return condition;
}

// A comparison of words as a condition on S, and back: masks of packs differ in width.
template <class S>
KGON_FUNCTION bool mask_for(bool condition) {
  return condition;
}
template <class S>
KGON_FUNCTION bool word_mask(bool condition) {
  return condition;
}

// From double, rounded to nearest where S is narrower.
template <class S>
KGON_FUNCTION S narrow(double x) {
  return static_cast<S>(x);
}

// To double, exactly.
KGON_FUNCTION double widen(float x) {
  return static_cast<double>(x);
}
KGON_FUNCTION double widen(double x) {
  return x;
}

// From float to S, exactly.
template <class S>
KGON_FUNCTION S promote(float x) {
  return static_cast<S>(x);
}

// a / b; in float on a device off by up to 2 ulp, in a fifth of the instructions: for what is
// rounded afterwards in the same way whichever it is.
KGON_FUNCTION float approximate_quotient(float a, float b) {
  return KGON_QUICK_QUOTIENT(a, b);
}
KGON_FUNCTION double approximate_quotient(double a, double b) {
  return a / b;
}

// Makes a device compute x here. What is read behind a loop alone its compiler would compute there,
// and keep all that it takes in registers until then.
KGON_FUNCTION void settle(float& x) {
  KGON_SETTLE("+f", x);
}
KGON_FUNCTION void settle(double& x) {
  KGON_SETTLE("+d", x);
}

// Lane l of a value or of a condition; a scalar is its only lane.
KGON_FUNCTION float lane_of(float x, int) {
  return x;
}
KGON_FUNCTION double lane_of(double x, int) {
  return x;
}
KGON_FUNCTION bool lane_of(bool condition, int) {
  return condition;
}
// To consecutive values in memory, one a lane.
template <class S>
KGON_FUNCTION void store_lanes(S x, S* to) {
  *to = x;
}

// Low and high halves of the 64-bit product.
KGON_FUNCTION void multiply_wide(std::uint32_t a, std::uint32_t b, std::uint32_t& low,
                                 std::uint32_t& high) {
  const std::uint64_t product = static_cast<std::uint64_t>(a) * b;
  low = static_cast<std::uint32_t>(product);
  high = static_cast<std::uint32_t>(product >> 32);
}

// Of a signed 32-bit value; exact where |value| < 2^24 or S is wider than float.
template <class S>
KGON_FUNCTION S to_scalar(std::uint32_t word) {
  return static_cast<S>(static_cast<std::int32_t>(word));
}

// The whole part of 0 <= x < 2^31.
KGON_FUNCTION std::uint32_t to_word(float x) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
}
KGON_FUNCTION std::uint32_t to_word(double x) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
}

KGON_FUNCTION std::uint32_t minimum(std::uint32_t a, std::uint32_t b) {
  return a < b ? a : b;
}

// base[index]
template <class T>
KGON_FUNCTION T gather(const T* base, std::uint32_t index) {
  return base[index];
}

// The two members, of four bytes each, of base[index].
template <class Two, class First, class Second>
KGON_FUNCTION void gather_two(const Two* base, std::uint32_t index, First& first, Second& second) {
  const Two two = base[index];
  first = two.first;
  second = two.second;
}

// Layout of an IEEE type: bits of the mantissa and the bits of sqrt(1/2).
template <class T>
struct FloatFormat;
template <>
struct FloatFormat<float> {
  using Integer = std::int32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Integer root_half = 0x3f3504f3;
};
template <>
struct FloatFormat<double> {
  using Integer = std::int64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Integer root_half = 0x3fe6a09e667f3bcd;
};

// x = mantissa * 2^exponent, mantissa in [sqrt(1/2), sqrt(2)); x positive and normal.
template <class T>
KGON_FUNCTION void split_exponent(T x, T& mantissa, T& exponent) {
  using Format = FloatFormat<T>;
  typename Format::Integer bits;
  memcpy(&bits, &x, sizeof bits);
  const typename Format::Integer k = (bits - Format::root_half) >> Format::mantissa_bits;
  bits -= k * (typename Format::Integer{1} << Format::mantissa_bits);
  memcpy(&mantissa, &bits, sizeof bits);
  exponent = static_cast<T>(k);
}

// Clamped to [0, 1]; NaN gives 0.
template <class S>
KGON_FUNCTION S clamp_unit(S x) {
  return select(x > S(0), select(x < S(1), x, S(1)), S(0));
}

}  // namespace kgon
