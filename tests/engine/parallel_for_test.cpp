#include "engine/parallel_for.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>

namespace kgon {
namespace {

TEST(ParallelFor, VisitsEveryItemOnce) {
  for (const unsigned threads : {0u, 1u, 2u, 3u, 5u}) {
    for (const std::size_t count : {0u, 1u, 2u, 4u, 5u, 101u}) {
      std::vector<std::atomic<int>> visits(count);
      parallel_for(threads, count, [&](std::size_t k) { ++visits[k]; });
      for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(visits[k], 1) << threads << ' ' << k;
    }
  }
}

TEST(ParallelFor, UsesTheThreadsInContiguousParts) {
  std::vector<std::thread::id> owner(10);
  parallel_for(3, owner.size(), [&](std::size_t k) { owner[k] = std::this_thread::get_id(); });
  EXPECT_EQ(owner[0], std::this_thread::get_id());
  std::size_t changes = 0;
  for (std::size_t k = 1; k < owner.size(); ++k) changes += owner[k] != owner[k - 1] ? 1 : 0;
  EXPECT_EQ(changes, 2u);
  EXPECT_EQ(std::set<std::thread::id>(owner.begin(), owner.end()).size(), 3u);
}

TEST(ParallelFor, RethrowsAfterAllHaveEnded) {
  for (const unsigned threads : {1u, 4u}) {
    std::atomic<int> visits{0};
    try {
      parallel_for(threads, 8, [&](std::size_t k) {
        if (k == 5) throw std::runtime_error("item 5");
        ++visits;
      });
      FAIL() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()), "item 5");
    }
    EXPECT_EQ(visits, threads == 1 ? 5 : 7);
  }
}

TEST(ParallelFor, KeepsOneOfManyExceptions) {
  EXPECT_THROW(parallel_for(4, 8, [](std::size_t) { throw std::runtime_error("every item"); }),
               std::runtime_error);
}

}  // namespace
}  // namespace kgon
