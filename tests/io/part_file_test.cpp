// One writer at a time.
#include "io/part_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "io/errors.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::bytes_of_file;
using synthetic::ScratchDirectory;

std::size_t files_in(const ScratchDirectory& scratch) {
  const std::filesystem::directory_iterator files(scratch.path());
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST(PartFile, IsTakenUntilItIsGone) {
  const ScratchDirectory scratch;
  const auto is_taken = [&] {
    try {
      const PartFile second(scratch / "x", 0);
      return false;
    } catch (const IoError& error) {
      EXPECT_NE(std::string(error.what()).find("another run is writing"), std::string::npos);
      return true;
    }
  };
  {
    PartFile first(scratch / "x", 0);
    std::ofstream(first.part()) << "whole";
    EXPECT_TRUE(is_taken());
    EXPECT_EQ(bytes_of_file(first.part()), "whole");
    first.publish();
    EXPECT_TRUE(is_taken());
  }
  EXPECT_FALSE(is_taken());
  EXPECT_EQ(bytes_of_file(scratch / "x"), "whole");
  EXPECT_EQ(files_in(scratch), 1u);
}

TEST(PartFile, WhatAKilledRunLeavesIsFree) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / "x.part") << "a piece";
  std::ofstream(scratch / "x.part.lock") << "";
  PartFile file(scratch / "x", 0);
  EXPECT_EQ(bytes_of_file(file.part()), "");
  std::ofstream(file.part()) << "whole";
  file.publish();
  EXPECT_EQ(bytes_of_file(scratch / "x"), "whole");
}

// Whoever has a lock of an earlier file by the same name has none.
TEST(WriterLock, IsOnTheFileThatHasItsName) {
  const ScratchDirectory scratch;
  const int earlier = ::open((scratch / "lock").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(::flock(earlier, LOCK_EX), 0);
  EXPECT_THROW(WriterLock(scratch / "lock", "x"), IoError);
  std::filesystem::remove(scratch / "lock");
  {
    const WriterLock lock(scratch / "lock", "x");
    EXPECT_THROW(WriterLock(scratch / "lock", "x"), IoError);
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "lock"));
  ::close(earlier);
}

// What a run leaves that is killed once its result has its name.
TEST(PartFile, ALeftLockGoesAndAHeldOneStays) {
  const ScratchDirectory scratch;
  remove_left_lock(scratch / "x");
  std::ofstream(scratch / "x.part.lock") << "";
  remove_left_lock(scratch / "x");
  EXPECT_EQ(files_in(scratch), 0u);
  const PartFile writer(scratch / "x", 0);
  remove_left_lock(scratch / "x");
  EXPECT_TRUE(std::filesystem::exists(scratch / "x.part.lock"));
  EXPECT_THROW(PartFile(scratch / "x", 0), IoError);
}

TEST(PartFile, NeverHasTwoWriters) {
  const ScratchDirectory scratch;
  std::atomic<int> writers = 0, done = 0, refused = 0;
  const auto write = [&] {
    for (int i = 0; i < 300; ++i) {
      try {
        PartFile file(scratch / "x", 0);
        EXPECT_EQ(++writers, 1);
        EXPECT_EQ(bytes_of_file(file.part()), "");
        std::ofstream(file.part()) << "whole";
        // Some end without a file.
        if (i % 3 > 0) {
          file.publish();
          EXPECT_EQ(bytes_of_file(scratch / "x"), "whole");
        }
        ++done;
        --writers;
      } catch (const IoError&) {
        ++refused;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back(write);
  }
  EXPECT_GT(done, 0);
  EXPECT_EQ(done + refused, 4 * 300);
  EXPECT_EQ(bytes_of_file(scratch / "x"), "whole");
  EXPECT_EQ(files_in(scratch), 1u);
}

}  // namespace
}  // namespace kgon
