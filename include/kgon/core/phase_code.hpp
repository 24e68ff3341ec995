// The phase of a member as a small integer; what the values mean is the model's affair.
#pragma once

#include <cstdint>

namespace kgon {

using PhaseCode = std::int16_t;
// In no phase that the model has a name for.
inline constexpr PhaseCode phase_other = -1;

}  // namespace kgon
