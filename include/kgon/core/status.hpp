// The state of a member: every member has one from its first step on.
#pragma once

#include <cstdint>

namespace kgon {

// Values are written to result files: never reuse one.
enum class MemberStatus : std::int8_t {
  ok = 0,
  // A parameter became NaN or infinite; the member is frozen at its last finite state.
  non_finite = 1,
  // The norm of the parameters passed `divergence_norm`; frozen at the last state below it.
  diverged = 2,
};

// A member whose Euclidean parameter norm passes this has left every phase: the k-gons of the
// catalogue have norms below 10.
inline constexpr double divergence_norm = 1e3;

}  // namespace kgon
