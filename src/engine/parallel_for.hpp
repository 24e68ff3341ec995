// A loop over independent items on several threads.
#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/worker_threads.hpp"

namespace kgon {

// body(k) for k in 0..count-1, on up to `threads` threads, each taking a contiguous part. Rethrows
// the first exception after all have ended.
template <class Body>
void parallel_for(unsigned threads, std::size_t count, const Body& body) {
  const auto parts =
      static_cast<unsigned>(std::max<std::size_t>(1, std::min<std::size_t>(threads, count)));
  RunControl control;
  RunFailure failure(control);
  in_parallel(parts, failure, [&](std::size_t part) {
    for (std::size_t k = count * part / parts; k < count * (part + 1) / parts; ++k) body(k);
  });
  failure.rethrow();
}

}  // namespace kgon
