// What is done where a batch does not fit the memory of a device.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/llc_task.hpp"

namespace kgon::batches {

// Returns make(capacity). Where that throws OutOfMemory, halves the capacity and tries again, but
// not below `least` (nor the first capacity, if that is less): then the exception is the caller's.
template <class OutOfMemory, class Make>
auto make_with_halving(std::uint32_t& capacity, std::uint32_t least, const Make& make) {
  for (;;) {
    try {
      return make(capacity);
    } catch (const OutOfMemory&) {
      if (capacity <= least) throw;
      capacity = std::max(capacity / 2, least);
    }
  }
}

// Returns run(task). Where that throws OutOfMemory, runs the halves of the task's sites one after
// the other, as long as both say true; that of a single site is the caller's.
template <class OutOfMemory, class Run>
bool run_with_halving(const LlcTask& task, const Run& run) {
  try {
    return run(task);
  } catch (const OutOfMemory&) {
    if (task.site_count < 2) throw;
  }
  LlcTask first = task, second = task;
  first.site_count = task.site_count / 2;
  second.first_site += first.site_count;
  second.site_count -= first.site_count;
  return run_with_halving<OutOfMemory>(first, run) && run_with_halving<OutOfMemory>(second, run);
}

}  // namespace kgon::batches
