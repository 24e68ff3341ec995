// log, sin and cos as fma polynomials shared by every side: library versions differ in last bits.
// Coefficients: fdlibm (Sun Microsystems, e_log.c, k_sin.c, k_cos.c) and its float versions.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon {

template <class Real>
struct ElementaryCoefficients;

template <>
struct ElementaryCoefficients<float> {
  static constexpr int log_terms = 4, sin_terms = 3, cos_terms = 3;
  static constexpr float ln2_high = 6.9313812256e-01f, ln2_low = 9.0580006145e-06f;
  static KGON_FUNCTION constexpr float log(int k) {
    constexpr float c[] = {6.6666662693e-01f, 4.0000972152e-01f, 2.8498786688e-01f,
                           2.4279078841e-01f};
    return c[k];
  }
  static KGON_FUNCTION constexpr float sin(int k) {
    constexpr float c[] = {-1.6666654611e-01f, 8.3321608736e-03f, -1.9515295891e-04f};
    return c[k];
  }
  static KGON_FUNCTION constexpr float cos(int k) {
    constexpr float c[] = {4.166664568298827e-02f, -1.388731625493765e-03f, 2.443315711809948e-05f};
    return c[k];
  }
};

template <>
struct ElementaryCoefficients<double> {
  static constexpr int log_terms = 7, sin_terms = 6, cos_terms = 6;
  static constexpr double ln2_high = 6.93147180369123816490e-01;
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static KGON_FUNCTION constexpr double log(int k) {
    constexpr double c[] = {6.666666666666735130e-01, 3.999999999940941908e-01,
                            2.857142874366239149e-01, 2.222219843214978396e-01,
                            1.818357216161805012e-01, 1.531383769920937332e-01,
                            1.479819860511658591e-01};
    return c[k];
  }
  static KGON_FUNCTION constexpr double sin(int k) {
    constexpr double c[] = {-1.66666666666666324348e-01, 8.33333333332248946124e-03,
                            -1.98412698298579493134e-04, 2.75573137070700676789e-06,
                            -2.50507602534068634195e-08, 1.58969099521155010221e-10};
    return c[k];
  }
  static KGON_FUNCTION constexpr double cos(int k) {
    constexpr double c[] = {4.16666666666666019037e-02, -1.38888888888741095749e-03,
                            2.48015872894767294178e-05, -2.75573143513906633035e-07,
                            2.08757232129817482790e-09, -1.13596475577881948265e-11};
    return c[k];
  }
};

// Natural logarithm of a positive normal number; error below 1 ulp.
template <class S>
KGON_FUNCTION S natural_log(S x) {
  using Real = RealOf<S>;
  using C = ElementaryCoefficients<Real>;
  S mantissa, k;
  split_exponent(x, mantissa, k);
  const S f = mantissa - S(Real(1));
  const S s = f / (S(Real(2)) + f);
  const S z = s * s;
  S r(C::log(C::log_terms - 1));
  KGON_UNROLL
  for (int i = C::log_terms - 2; i >= 0; --i) r = fma(r, z, S(C::log(i)));
  r = r * z;
  const S half_square = S(Real(0.5)) * f * f;
  const S tail = fma(k, S(C::ln2_low), s * (half_square + r));
  return fma(k, S(C::ln2_high), f - (half_square - tail));
}

// sin and cos of 2 pi word / 2^32; the low six bits of the word do not matter.
template <class S>
KGON_FUNCTION void sin_cos_turn(WordOf<S> word, S& sine, S& cosine) {
  using Real = RealOf<S>;
  using Word = WordOf<S>;
  using C = ElementaryCoefficients<Real>;
  // Quadrant and the signed rest in [-1/8, 1/8) of a turn, of which 24 bits fit a float exactly.
  const Word quadrant = (word + Word(1u << 29)) >> 30;
  const Word rest = word - (quadrant << 30);
  const Word positive = ((rest + Word(1u << 29)) >> 6);
  const S turn = to_scalar<S>(positive - Word(1u << 23));
  const S x = turn * S(static_cast<Real>(6.283185307179586476925 / 67108864.0));
  const S z = x * x;
  S p(C::sin(C::sin_terms - 1)), q(C::cos(C::cos_terms - 1));
  KGON_UNROLL
  for (int i = C::sin_terms - 2; i >= 0; --i) p = fma(p, z, S(C::sin(i)));
  KGON_UNROLL
  for (int i = C::cos_terms - 2; i >= 0; --i) q = fma(q, z, S(C::cos(i)));
  const S near_zero = fma(p * z, x, x);
  const S near_one = fma(q * z, z, fma(S(Real(-0.5)), z, S(Real(1))));
  const Word one(1u), two(2u);
  const auto swap = (quadrant & one) == one;
  const S s = select(swap, near_one, near_zero);
  const S c = select(swap, near_zero, near_one);
  sine = select((quadrant & two) == two, -s, s);
  cosine = select(((quadrant + one) & two) == two, -c, c);
}

}  // namespace kgon
