#include "engine/worker_threads.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>

namespace kgon {
namespace {

std::string message_of(const RunFailure& failure) {
  try {
    failure.rethrow();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

TEST(RunFailure, KeepsTheFirstExceptionAndStops) {
  RunControl control;
  RunFailure failure(control);
  EXPECT_EQ(message_of(failure), "none");
  EXPECT_FALSE(control.stop);
  failure.keep(std::make_exception_ptr(std::runtime_error("first")));
  failure.keep(std::make_exception_ptr(std::logic_error("second")));
  EXPECT_TRUE(control.stop);
  EXPECT_EQ(message_of(failure), "first");
}

TEST(InParallel, GivesEveryNumberAThreadOfItsOwn) {
  RunControl control;
  RunFailure failure(control);
  std::vector<std::thread::id> owner(4);
  in_parallel(4, failure, [&](unsigned k) { owner[k] = std::this_thread::get_id(); });
  EXPECT_EQ(owner[0], std::this_thread::get_id());
  EXPECT_EQ(std::set<std::thread::id>(owner.begin(), owner.end()).size(), 4u);
  EXPECT_FALSE(control.stop);
}

TEST(InParallel, AnExceptionStopsTheRunAndTheOthersEnd) {
  RunControl control;
  RunFailure failure(control);
  std::atomic<int> ended = 0;
  in_parallel(3, failure, [&](unsigned k) {
    if (k == 1) throw std::runtime_error("in 1");
    while (!control.stop) std::this_thread::yield();
    ++ended;
  });
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(message_of(failure), "in 1");
}

TEST(WithHelpers, WorksInThisThreadAndTheOthers) {
  for (const std::uint64_t count : {0u, 1u, 2u, 5u}) {
    RunControl control;
    RunFailure failure(control);
    std::atomic<std::uint64_t> calls = 0;
    std::atomic<bool> here = false;
    const auto self = std::this_thread::get_id();
    with_helpers(count, failure, [&] {
      ++calls;
      if (std::this_thread::get_id() == self) here = true;
    });
    EXPECT_EQ(calls, std::max<std::uint64_t>(1, count));
    EXPECT_TRUE(here);
  }
}

TEST(WithHelpers, AnExceptionStopsTheRun) {
  RunControl control;
  RunFailure failure(control);
  with_helpers(2, failure, [] { throw std::runtime_error("both"); });
  EXPECT_TRUE(control.stop);
  EXPECT_EQ(message_of(failure), "both");
}

// In a process of its own, whose limit on memory leaves no room for a helper's stack.
TEST(WithHelpersDeathTest, DoesTheWorkAloneWhereTheSystemGivesNoThread) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer needs more memory than this test leaves";
#endif
  const auto alone = [] {
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_AS, &limit);
    RunControl control;
    RunFailure failure(control);
    int calls = 0;
    with_helpers(8, failure, [&] { ++calls; });
    std::_Exit(calls == 1 && !control.stop ? 0 : 1);
  };
  EXPECT_EXIT(alone(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace kgon
