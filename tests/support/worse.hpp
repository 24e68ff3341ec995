// Which of two errors is the worse one.
#pragma once

#include <cmath>
#include <limits>

namespace kgon::test {

// The one farther from 0. NaN is worse than any number and stays so: std::max would drop it.
inline double worse(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  return std::abs(b) > std::abs(a) ? b : a;
}

}  // namespace kgon::test
