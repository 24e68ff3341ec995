// SOURCE_DATE_EPOCH, as reproducible builds have it: the date of a result, or one sentence.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "app/program.hpp"

namespace kgon::test {
namespace {

class SourceDate : public CommandLine {
 protected:
  Result run_at(const std::string& date, const Arguments& arguments) const {
    return run(arguments, [&] { setenv("SOURCE_DATE_EPOCH", date.c_str(), 1); });
  }
};

TEST_F(SourceDate, OneThatIsNoDateIsRefusedBeforeAnyComputing) {
  write("s.toml", "[train]\ntrajectories = 5\n");
  for (const char* date :
       {"abc", "12 ", "0x10", "-1", "1.5", "99999999999999999999", "253402300800"})
    for (const Arguments& arguments :
         {small_train({"-o", "x.nc"}), Arguments{"run", "s.toml", "-o", "results"}}) {
      const Result result = run_at(date, arguments);
      EXPECT_EQ(result.status, 2) << date << ": " << result.err;
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
      EXPECT_NE(result.err.find(std::string("SOURCE_DATE_EPOCH is ") + date), std::string::npos)
          << result.err;
      EXPECT_FALSE(fs::exists(work_ / "x.nc"));
      EXPECT_FALSE(fs::exists(work_ / "results" / "train.nc"));
    }
}

TEST_F(SourceDate, EqualRunsGiveEqualFiles) {
  for (const char* name : {"a.nc", "b.nc"}) {
    const Result result = run_at("1700000000", small_train({"--quiet", "-o", "x.nc"}));
    ASSERT_EQ(result.status, 0) << result.err;
    fs::rename(work_ / "x.nc", work_ / name);
  }
  EXPECT_TRUE(read_file(work_ / "a.nc") == read_file(work_ / "b.nc"));
}

}  // namespace
}  // namespace kgon::test
