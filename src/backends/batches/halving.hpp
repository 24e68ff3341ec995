// What is done where a batch does not fit the memory of a device.
#pragma once

#include <algorithm>
#include <cstdint>

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

}  // namespace kgon::batches
