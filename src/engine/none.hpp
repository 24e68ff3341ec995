// The value of a quantity that has none.
#pragma once

#include <limits>

namespace kgon {

inline constexpr double none = std::numeric_limits<double>::quiet_NaN();

}  // namespace kgon
