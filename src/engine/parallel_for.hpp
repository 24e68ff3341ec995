// A loop over independent items on several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace kgon {

// body(k) for k in 0..count-1, on up to `threads` threads, each taking a contiguous part. Rethrows
// the first exception after all have ended.
template <class Body>
void parallel_for(unsigned threads, std::size_t count, const Body& body) {
  std::mutex mutex;
  std::exception_ptr error;
  const auto run = [&](std::size_t part, std::size_t parts) {
    try {
      for (std::size_t k = count * part / parts; k < count * (part + 1) / parts; ++k) body(k);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  };
  const std::size_t parts = threads < 2 || count < 2 ? 1 : std::min<std::size_t>(threads, count);
  {
    std::vector<std::jthread> helpers;
    for (std::size_t part = 1; part < parts; ++part) helpers.emplace_back(run, part, parts);
    run(0, parts);
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace kgon
