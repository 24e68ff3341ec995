// When a member is looked at and recorded.
#pragma once

#include <cstdint>

#include "kgon/core/macros.hpp"

namespace kgon {

// A look at every multiple of classify_every and at the end, a record at each of record_steps.
struct Schedule {
  std::uint64_t steps;
  std::uint64_t classify_every;
  const std::uint64_t* record_steps;  // [records] strictly ascending, last <= steps
  std::uint32_t records;

  KGON_FUNCTION bool is_look(std::uint64_t t) const {
    return t % classify_every == 0 || t == steps;
  }
  KGON_FUNCTION bool is_record(std::uint64_t t, std::uint32_t next_record) const {
    return next_record < records && record_steps[next_record] == t;
  }
  // The first look or record after step t; next_record: the first record after t.
  KGON_FUNCTION std::uint64_t next_event(std::uint64_t t, std::uint32_t next_record) const {
    std::uint64_t to = (t / classify_every + 1) * classify_every;
    if (to > steps) to = steps;
    if (next_record < records && record_steps[next_record] < to) to = record_steps[next_record];
    return to;
  }
  // Where a launch from step t ends: there, or `most` steps on where nothing is observed.
  KGON_FUNCTION std::uint64_t next_stop(std::uint64_t t, std::uint32_t next_record,
                                        std::uint32_t most) const {
    const std::uint64_t to = next_event(t, next_record);
    return to - t < most ? to : t + most;
  }
};

}  // namespace kgon
