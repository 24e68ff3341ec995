// The same run started twice at the same time.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>

#include "app/program.hpp"

namespace kgon::test {
namespace {

class DoubleStart : public CommandLine {
 protected:
  // Like start(), with an output of its own.
  pid_t start_as(const std::string& name, const Arguments& arguments) const {
    return start(arguments, [&] {
      constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
      for (const auto& [stream, end] : {std::pair{1, ".out"}, std::pair{2, ".err"}})
        dup2(open((base_ / (name + end)).c_str(), flags, 0600), stream);
    });
  }

  Result finish_as(const std::string& name, pid_t child) const {
    return {finish(child).status, read_file(base_ / (name + ".out")),
            read_file(base_ / (name + ".err"))};
  }
};

// One of them is refused and changes nothing of the other's work. Only where it is so late that the
// other has ended already it does the same work again, and both succeed.
TEST_F(DoubleStart, LeavesOneResult) {
  const Arguments train{
      "train", "--device",       "cpu", "--threads", "1", "--samples", "100", "--epochs",
      "400",   "--trajectories", "200", "--records", "5", "--json",    "-o",  "x.nc"};
  Arguments once = train;
  once.back() = "once.nc";
  const auto begin = std::chrono::steady_clock::now();
  const Result alone = run(once);
  const auto length = std::chrono::steady_clock::now() - begin;
  ASSERT_EQ(alone.status, 0) << alone.err;
  const std::string digest = nlohmann::json::parse(alone.out).at("digest");
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    fs::remove(work_ / "x.nc");
    const pid_t a = start_as("a", train);
    // From at once to a little after the end of the first.
    std::this_thread::sleep_for(length * static_cast<int>(random() % 110) / 100);
    const pid_t b = start_as("b", train);
    const Result first = finish_as("a", a), second = finish_as("b", b);
    const bool is_first = first.status == 0;
    ASSERT_EQ(is_first ? first.status : second.status, 0) << first.err << second.err;
    const Result& winner = is_first ? first : second;
    const Result& other = is_first ? second : first;
    EXPECT_EQ(nlohmann::json::parse(winner.out).at("digest"), digest);
    if (other.status != 0) {
      ++refused;
      EXPECT_EQ(other.status, 70) << other.err;
      EXPECT_EQ(other.out, "");
      EXPECT_NE(other.err.find("x.nc: cannot be written: another run is writing it"),
                std::string::npos)
          << other.err;
      EXPECT_EQ(std::count(other.err.begin(), other.err.end(), '\n'), 1) << other.err;
    }
    EXPECT_EQ(run({"digest", "x.nc"}).out, digest + "\n");
    EXPECT_FALSE(fs::exists(work_ / "x.nc.part"));
    EXPECT_FALSE(fs::exists(work_ / "x.nc.part.lock"));
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace kgon::test
