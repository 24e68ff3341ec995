// exp in double, shared by both sides for the same reason as the functions of elementary.hpp.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon {

// e^x with an error below 2 ulp for -700 <= x <= 700; 0 below and for NaN, e^700 above.
KGON_FUNCTION double exponential(double x) {
  constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
  constexpr double per_ln2 = 1.44269504088896338700;
  // Added and taken away again, it leaves the nearest whole number.
  constexpr double shift = 6755399441055744.0;
  if (!(x >= -700)) return 0;
  if (x > 700) x = 700;
  const double k = fma(x, per_ln2, shift) - shift;
  const double r = fma(k, -ln2_low, fma(k, -ln2_high, x));
  // Taylor's series: |r| <= ln(2) / 2, where its next term is below 2^-57 of the sum.
  constexpr double inverse_factorial[] = {1.0,
                                          1.0,
                                          1.0 / 2,
                                          1.0 / 6,
                                          1.0 / 24,
                                          1.0 / 120,
                                          1.0 / 720,
                                          1.0 / 5040,
                                          1.0 / 40320,
                                          1.0 / 362880,
                                          1.0 / 3628800,
                                          1.0 / 39916800,
                                          1.0 / 479001600,
                                          1.0 / 6227020800.0};
  double sum = inverse_factorial[13];
  KGON_UNROLL
  for (int i = 12; i >= 0; --i) sum = fma(sum, r, inverse_factorial[i]);
  const std::int64_t bits = (static_cast<std::int64_t>(k) + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return sum * power;
}

}  // namespace kgon
