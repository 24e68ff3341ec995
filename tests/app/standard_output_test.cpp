// Output that nobody can read is an error.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/program.hpp"

namespace kgon::test {
namespace {

class StandardOutput : public CommandLine {
 protected:
  // stdout is a device on which nothing fits.
  Result run_on_full_device(const Arguments& arguments) const {
    return run(arguments, [] { dup2(open("/dev/full", O_WRONLY), 1); });
  }

  void expect_refused(const Arguments& arguments) const {
    const Result result = run_on_full_device(arguments);
    EXPECT_EQ(result.status, 70) << arguments.front();
    EXPECT_NE(result.err.find("cannot write to standard output"), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
};

TEST_F(StandardOutput, OfEveryCommandMustArrive) {
  ASSERT_EQ(run(small_train({"--quiet", "-o", "x.nc"})).status, 0);
  write("s.toml", "device = \"cpu\"\n[train]\ntrajectories = 2\nepochs = 1\nrecords = 2\n");
  for (const Arguments& arguments :
       std::vector<Arguments>{{"--help"},
                              {"train", "--help"},
                              {"keys"},
                              {"devices"},
                              {"devices", "--json"},
                              {"version"},
                              {"version", "--json"},
                              {"critical-points"},
                              {"digest", "x.nc"},
                              {"digest", "x.nc", "--json"},
                              {"merge", "x.nc", "-o", "m.nc"},
                              {"merge", "x.nc", "-o", "m.nc", "--json"},
                              {"run", "s.toml", "-o", "a"},
                              {"run", "s.toml", "-o", "a", "--json"},
                              small_train({"--dry-run"}),
                              small_train({"--dry-run", "--json"}),
                              small_train({"-o", "y.nc"}),
                              small_train({"-o", "y.nc", "--json"})}) {
    expect_refused(arguments);
  }
}

TEST_F(StandardOutput, OfQuietCommandsIsNotAskedFor) {
  EXPECT_EQ(run_on_full_device(small_train({"--quiet", "-o", "x.nc"})).status, 0);
  EXPECT_EQ(run_on_full_device({"merge", "x.nc", "-o", "m.nc", "--quiet"}).status, 0);
}

}  // namespace
}  // namespace kgon::test
