// A pack of lanes, one member per lane: the scalar type of the CPU back end. Only the operations
// that the functors use; each has the meaning that `scalar.hpp` gives it, lane by lane, so a lane
// holds the same bits as the scalar code.
#pragma once

#include "kgon/math/pack_native.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// Result of a comparison: all bits of a lane set or clear; Element is as wide as the values
// compared.
template <class Element, int L>
struct PackMask {
  native::Vector<Element, L> v;
  KGON_FUNCTION PackMask operator&(PackMask o) const { return {v & o.v}; }
  KGON_FUNCTION PackMask operator|(PackMask o) const { return {v | o.v}; }
  KGON_FUNCTION PackMask operator^(PackMask o) const { return {v ^ o.v}; }
  KGON_FUNCTION PackMask operator!() const { return {~v}; }
};

template <class T, int L>
struct Pack {
  using Vector = native::Vector<T, L>;
  using Mask = PackMask<native::MaskElement<T>, L>;
  Vector v;

  Pack() = default;
  KGON_FUNCTION explicit Pack(T x) : v(native::broadcast<Vector>(x)) {}
  KGON_FUNCTION static Pack of(Vector x) {
    Pack p;
    p.v = x;
    return p;
  }
  KGON_FUNCTION static Pack load(const T* p) {
    Pack r;
    __builtin_memcpy(&r.v, p, sizeof r.v);
    return r;
  }
  KGON_FUNCTION void store(T* p) const { __builtin_memcpy(p, &v, sizeof v); }

  KGON_FUNCTION Pack operator+(Pack o) const { return of(v + o.v); }
  KGON_FUNCTION Pack operator-(Pack o) const { return of(v - o.v); }
  KGON_FUNCTION Pack operator*(Pack o) const { return of(v * o.v); }
  KGON_FUNCTION Pack operator/(Pack o) const { return of(v / o.v); }
  KGON_FUNCTION Pack operator-() const { return of(-v); }
  KGON_FUNCTION Pack operator^(Pack o) const { return of(v ^ o.v); }
  KGON_FUNCTION Pack operator&(Pack o) const { return of(v & o.v); }
  KGON_FUNCTION Pack operator|(Pack o) const { return of(v | o.v); }
  KGON_FUNCTION Pack operator<<(int n) const { return of(v << n); }
  KGON_FUNCTION Pack operator>>(int n) const { return of(v >> n); }
  KGON_FUNCTION Mask operator<(Pack o) const { return {v < o.v}; }
  KGON_FUNCTION Mask operator>(Pack o) const { return {v > o.v}; }
  KGON_FUNCTION Mask operator<=(Pack o) const { return {v <= o.v}; }
  KGON_FUNCTION Mask operator>=(Pack o) const { return {v >= o.v}; }
  KGON_FUNCTION Mask operator==(Pack o) const { return {v == o.v}; }
};

template <class T, int L>
struct ScalarTraits<Pack<T, L>> {
  using Real = T;
  using Wide = Pack<double, L>;
  using Float = Pack<float, L>;
  using Mask = typename Pack<T, L>::Mask;
  using Word = Pack<std::uint32_t, L>;
  static constexpr int lanes = L;
  static KGON_FUNCTION Pack<T, L> load(const T* from) { return Pack<T, L>::load(from); }
};

template <class T, int L>
KGON_FUNCTION Pack<T, L> fma(Pack<T, L> a, Pack<T, L> b, Pack<T, L> c) {
  return Pack<T, L>::of(native::fused(a.v, b.v, c.v));
}

template <class T, int L>
KGON_FUNCTION Pack<T, L> square_root(Pack<T, L> x) {
  return Pack<T, L>::of(native::square_root(x.v));
}

template <class T, int L, class Element>
KGON_FUNCTION Pack<T, L> select(PackMask<Element, L> m, Pack<T, L> yes, Pack<T, L> no) {
  if constexpr (sizeof(Element) == sizeof(T)) {
    return Pack<T, L>::of(m.v ? yes.v : no.v);
  } else {
    using Wide = native::Vector<native::MaskElement<T>, L>;
    return Pack<T, L>::of(__builtin_convertvector(m.v, Wide) ? yes.v : no.v);
  }
}

template <class S, class Element, int L>
KGON_FUNCTION MaskOf<S> mask_for(PackMask<Element, L> m) {
  return {__builtin_convertvector(m.v, native::Vector<native::MaskElement<RealOf<S>>, L>)};
}
template <class S, class Element, int L>
KGON_FUNCTION MaskOf<WordOf<S>> word_mask(PackMask<Element, L> m) {
  return {__builtin_convertvector(m.v, native::Vector<std::int32_t, L>)};
}

template <class S, int L>
KGON_FUNCTION S narrow(Pack<double, L> x) {
  return S::of(__builtin_convertvector(x.v, typename S::Vector));
}

template <class T, int L>
KGON_FUNCTION Pack<double, L> widen(Pack<T, L> x) {
  return Pack<double, L>::of(__builtin_convertvector(x.v, native::Vector<double, L>));
}

template <class S, int L>
KGON_FUNCTION S promote(Pack<float, L> x) {
  return S::of(__builtin_convertvector(x.v, typename S::Vector));
}

template <class T, int L>
KGON_FUNCTION Pack<T, L> approximate_quotient(Pack<T, L> a, Pack<T, L> b) {
  return a / b;
}

template <class T, int L>
KGON_FUNCTION void settle(Pack<T, L>&) {}

template <class T, int L>
KGON_FUNCTION T lane_of(Pack<T, L> x, int l) {
  return x.v[l];
}
template <class Element, int L>
KGON_FUNCTION bool lane_of(PackMask<Element, L> m, int l) {
  return m.v[l] != 0;
}
template <class T, int L>
KGON_FUNCTION void store_lanes(Pack<T, L> x, T* to) {
  x.store(to);
}

template <class Element, int L>
KGON_FUNCTION bool any(PackMask<Element, L> m) {
  return native::any(m.v);
}
template <class Element, int L>
KGON_FUNCTION bool all(PackMask<Element, L> m) {
  return !native::any(~m.v);
}

// Low and high halves of the 64-bit products with one factor.
template <int L>
KGON_FUNCTION void multiply_wide(Pack<std::uint32_t, L> a, std::uint32_t factor,
                                 Pack<std::uint32_t, L>& low, Pack<std::uint32_t, L>& high) {
  native::multiply_wide(a.v, factor, low.v, high.v);
}

template <int L>
KGON_FUNCTION Pack<std::uint32_t, L> minimum(Pack<std::uint32_t, L> a, Pack<std::uint32_t, L> b) {
  return Pack<std::uint32_t, L>::of(a.v < b.v ? a.v : b.v);
}

template <class T, int L>
KGON_FUNCTION Pack<T, L> select(bool condition, Pack<T, L> yes, Pack<T, L> no) {
  return condition ? yes : no;
}

// Of a signed 32-bit value; exact where |value| < 2^24 or S is wider.
template <class S, int L>
KGON_FUNCTION S to_scalar(Pack<std::uint32_t, L> word) {
  using Signed = native::Vector<std::int32_t, L>;
  return S::of(__builtin_convertvector((Signed)word.v, typename S::Vector));
}

// The whole part of 0 <= x < 2^31.
template <class T, int L>
KGON_FUNCTION Pack<std::uint32_t, L> to_word(Pack<T, L> x) {
  using Signed = native::Vector<std::int32_t, L>;
  return Pack<std::uint32_t, L>::of(
      (native::Vector<std::uint32_t, L>)__builtin_convertvector(x.v, Signed));
}

// base[index] per lane.
template <class T, int L>
KGON_FUNCTION Pack<T, L> gather(const T* base, Pack<std::uint32_t, L> index) {
  return Pack<T, L>::of(native::gather(base, index.v));
}

// The two members, of four bytes each, of base[index] per lane.
template <class Two, class A, class B, int L>
KGON_FUNCTION void gather_two(const Two* base, Pack<std::uint32_t, L> index, Pack<A, L>& first,
                              Pack<B, L>& second) {
  static_assert(sizeof(Two) == 8 && sizeof(A) == 4 && sizeof(B) == 4);
  native::Vector<float, L> one, other;
  native::gather_two(base, index.v, one, other);
  first = Pack<A, L>::of((native::Vector<A, L>)one);
  second = Pack<B, L>::of((native::Vector<B, L>)other);
}

// x = mantissa * 2^exponent, mantissa in [sqrt(1/2), sqrt(2)); x positive and normal.
template <class T, int L>
KGON_FUNCTION void split_exponent(Pack<T, L> x, Pack<T, L>& mantissa, Pack<T, L>& exponent) {
  using Integer = native::MaskElement<T>;
  using Bits = native::Vector<Integer, L>;
  const Bits bits = (Bits)x.v;
  const Bits k = (bits - FloatFormat<T>::root_half) >> FloatFormat<T>::mantissa_bits;
  mantissa = Pack<T, L>::of((native::Vector<T, L>)(bits - (k << FloatFormat<T>::mantissa_bits)));
  exponent = Pack<T, L>::of(__builtin_convertvector(k, native::Vector<T, L>));
}

}  // namespace kgon
