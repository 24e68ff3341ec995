// Phases of the model with 6 features that tests speak of.
#pragma once

#include "kgon/engine/catalogue.hpp"

namespace kgon::test {

inline constexpr PhaseCode four = tms::phase_code(4, 0, 0), five = tms::phase_code(5, 0, 0),
                           five_plus = tms::phase_code(5, 1, 0), six = tms::phase_code(6, 0, 0);

}  // namespace kgon::test
