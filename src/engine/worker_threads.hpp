// The threads of a run, and the exception that ends it.
#pragma once

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon {

// Any thread. Keeps the first exception of a run and stops the run.
class RunFailure {
 public:
  explicit RunFailure(RunControl& control) : control_(control) {}

  void keep(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    control_.stop = true;
  }

  // Calls work(); keeps what it throws.
  template <class Work>
  void guard(const Work& work) {
    try {
      work();
    } catch (...) {
      keep(std::current_exception());
    }
  }

  // When all threads have ended.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  RunControl& control_;
  std::mutex mutex_;
  std::exception_ptr error_;
};

// Calls body(0), ..., body(count - 1), each in a thread of its own. What one of them throws, or the
// start of a thread, goes to `failure`.
template <class Body>
void in_parallel(unsigned count, RunFailure& failure, const Body& body) {
  const auto guarded = [&](unsigned k) { failure.guard([&] { body(k); }); };
  std::vector<std::jthread> threads;  // joined whatever happens below
  failure.guard([&] {
    for (unsigned k = 1; k < count; ++k) threads.emplace_back(guarded, k);
  });
  guarded(0);
}

// Calls body() in this thread and in up to count - 1 others, as many as the system gives: each
// takes what work there is, so that a limit on threads makes a run slower and no different. What
// one of them throws goes to `failure`.
template <class Body>
void with_helpers(std::uint64_t count, RunFailure& failure, const Body& body) {
  const auto guarded = [&] { failure.guard(body); };
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < count) helpers.emplace_back(guarded);
  } catch (const std::system_error&) {
  }
  guarded();
}

}  // namespace kgon
