#include "io/train_result.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/train_result_reader.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;

// The message of the Error that `action` throws, or "" with a failure.
template <class Error, class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no exception";
  return "";
}

int shell(const std::string& command) {
  return std::system(command.c_str());
}

TEST(TrainResult, OpensInNcdumpAndXarray) {
  const ScratchDirectory scratch;
  synthetic::write(scratch / "all.nc", synthetic::plan(11, 2, 6));
  EXPECT_EQ(shell("ncdump -h " + (scratch / "all.nc") + " > " + (scratch / "dump")), 0);
  EXPECT_NE(synthetic::bytes_of_file(scratch / "dump").find("group: sgd"), std::string::npos);
  if (shell("/usr/bin/python3 -c 'import xarray, netCDF4' 2> /dev/null") != 0) {
    GTEST_SKIP() << "python3-xarray and python3-netcdf4 are not installed";
  }
  EXPECT_EQ(shell(std::string("/usr/bin/python3 " KGON_SOURCE_DIR "/tests/io/check_result.py ") +
                  (scratch / "all.nc")),
            0);
}

TEST(TrainResult, KeepsTheFinalParametersOrNone) {
  const ScratchDirectory scratch;
  synthetic::write(scratch / "final.nc",
                   synthetic::plan(5, 0, 5, KeepParameters::final, Precision::float64));
  synthetic::write(scratch / "none.nc", synthetic::plan(5, 0, 5, KeepParameters::none));
  const NetcdfFile final = NetcdfFile::open(scratch / "final.nc");
  const int group = final.find_group("sgd");
  const NetcdfVariable weights = final.find_variable(group, "W_final");
  EXPECT_EQ(weights.type, NC_DOUBLE);
  EXPECT_EQ(weights.shape(), (std::vector<std::size_t>{2, 5, 3, 4}));
  EXPECT_EQ(final.find_variable(group, "b_final").shape(), (std::vector<std::size_t>{2, 5, 4}));
  EXPECT_FALSE(final.has_variable(group, "W"));
  double value = 0;
  final.read(group, weights.id, {{1, 4, 2, 3}, {1, 1, 1, 1}}, &value);
  EXPECT_EQ(value, synthetic::parameter(1, 4, 1, 11));
  const NetcdfFile none = NetcdfFile::open(scratch / "none.nc");
  EXPECT_FALSE(none.has_variable(none.find_group("sgd"), "W"));
  EXPECT_FALSE(none.has_variable(none.find_group("sgd"), "b_final"));
}

TEST(TrainResult, EqualRunsGiveIdenticalFilesWhateverTheBlocks) {
  const ScratchDirectory scratch;
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  synthetic::write(scratch / "a.nc", synthetic::plan(40, 0, 40), 1);
  synthetic::write(scratch / "b.nc", synthetic::plan(40, 0, 40), 33);
  const TrainResultInfo info = read_train_info(scratch / "a.nc");
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(info.created_at, "2023-11-14T22:13:20Z");
  const std::string a = synthetic::bytes_of_file(scratch / "a.nc");
  EXPECT_FALSE(a.empty());
  EXPECT_TRUE(a == synthetic::bytes_of_file(scratch / "b.nc"));
}

TEST(TrainResult, ReadsItsMetadataBack) {
  const ScratchDirectory scratch;
  TrainPlan plan = synthetic::plan(11, 2, 6);
  ResultMetadata about = synthetic::metadata();
  about.seed = 0xffffffffffffffffu;
  about.command = "";
  synthetic::write(scratch / "x.nc", plan, 4, about);
  const TrainResultInfo info = read_train_info(scratch / "x.nc");
  EXPECT_EQ(info.metadata.study, about.study);
  EXPECT_EQ(info.metadata.study_hash, about.study_hash);
  EXPECT_EQ(info.metadata.seed, about.seed);
  EXPECT_EQ(info.metadata.command, "");
  EXPECT_EQ(info.metadata.device, about.device);
  EXPECT_EQ(info.shape, plan.shape);
  EXPECT_EQ(info.keep, KeepParameters::all);
  EXPECT_EQ(info.first, 2u);
  EXPECT_EQ(info.count, 6u);
  EXPECT_EQ(info.trajectories, 11u);
  EXPECT_EQ(info.cells, 2u);
}

TEST(TrainResult, StartPointsAreTheLastRecordsOfMembersThatAreWell) {
  const ScratchDirectory scratch;
  for (const KeepParameters keep : {KeepParameters::all, KeepParameters::final}) {
    const TrainPlan plan = synthetic::plan(8, 0, 8, keep);
    synthetic::write(scratch / "x.nc", plan);
    const std::vector<double> points = read_start_points(scratch / "x.nc", plan.shape);
    std::vector<double> expected;
    for (std::uint32_t cell = 0; cell < 2; ++cell) {
      for (std::uint64_t member = 0; member < 8; ++member) {
        if (synthetic::fails(member)) continue;
        for (std::size_t p = 0; p < 16; ++p) {
          expected.push_back(
              static_cast<float>(synthetic::parameter(cell, member, cell == 0 ? 2 : 1, p)));
        }
      }
    }
    EXPECT_EQ(points, expected);
  }
}

TEST(TrainResult, RefusesFilesThatHaveNoStartPoints) {
  const ScratchDirectory scratch;
  const auto refusal = [&](const std::string& name, ModelShape shape = {3, 4}) {
    return message_of<UnusableFile>([&] { read_start_points(scratch / name, shape); });
  };
  synthetic::write(scratch / "good.nc", synthetic::plan(4, 0, 4));
  synthetic::write(scratch / "none.nc", synthetic::plan(4, 0, 4, KeepParameters::none));
  synthetic::write(scratch / "failed.nc", synthetic::plan(4, 3, 1));
  const std::string bytes = synthetic::bytes_of_file(scratch / "good.nc");
  std::ofstream(scratch / "truncated.nc") << bytes.substr(0, bytes.size() / 2);
  std::ofstream(scratch / "empty.nc");
  std::ofstream(scratch / "foreign.nc") << "not a netCDF file at all";
  NetcdfFile::create(scratch / "other.nc").close();
  EXPECT_NE(refusal("missing.nc").find("missing.nc: cannot be opened: No such file"),
            std::string::npos);
  EXPECT_NE(refusal("truncated.nc").find("cannot be opened"), std::string::npos);
  EXPECT_NE(refusal("empty.nc").find("cannot be opened"), std::string::npos);
  EXPECT_NE(refusal("foreign.nc").find("cannot be opened"), std::string::npos);
  EXPECT_NE(refusal("other.nc").find("kgon result"), std::string::npos);
  EXPECT_NE(refusal("none.nc").find("no parameters"), std::string::npos);
  EXPECT_NE(refusal("failed.nc").find("every member"), std::string::npos);
  EXPECT_NE(refusal("good.nc", {2, 6}).find("features = 4"), std::string::npos);
}

TEST(TrainResult, EveryTruncationIsRefused) {
  const ScratchDirectory scratch;
  synthetic::write(scratch / "good.nc", synthetic::plan(4, 0, 4));
  const std::string bytes = synthetic::bytes_of_file(scratch / "good.nc");
  for (std::size_t part = 1; part < 16; ++part) {
    std::ofstream(scratch / "cut.nc", std::ios::trunc) << bytes.substr(0, bytes.size() * part / 16);
    EXPECT_THROW(read_start_points(scratch / "cut.nc", {3, 4}), UnusableFile) << part;
  }
}

TEST(TrainResult, AppearsUnderItsNameOnlyWhenFinished) {
  const ScratchDirectory scratch;
  const std::string path = scratch / "x.nc", part = scratch / "x.nc.part";
  std::ofstream(path) << "old";
  const TrainPlan plan = synthetic::plan(4, 0, 4);
  {
    TrainResultWriter writer(path, plan, synthetic::metadata());
    EXPECT_TRUE(std::filesystem::exists(part));
    writer.write(synthetic::block(plan, 0, 0, 4));
    EXPECT_THROW(writer.finish(), std::logic_error);
  }
  EXPECT_FALSE(std::filesystem::exists(part));
  EXPECT_EQ(synthetic::bytes_of_file(path), "old");
  synthetic::write(path, plan);
  EXPECT_FALSE(std::filesystem::exists(part));
  EXPECT_EQ(read_train_info(path).count, 4u);
}

TEST(TrainResult, TwoRunsCannotWriteTheSameFile) {
  const ScratchDirectory scratch;
  const TrainPlan plan = synthetic::plan(4, 0, 4);
  TrainResultWriter first(scratch / "x.nc", plan, synthetic::metadata());
  const std::string refusal = message_of<IoError>(
      [&] { TrainResultWriter(scratch / "x.nc", plan, synthetic::metadata()); });
  EXPECT_NE(refusal.find("another run is writing"), std::string::npos) << refusal;
  for (std::uint32_t cell = 0; cell < 2; ++cell) first.write(synthetic::block(plan, cell, 0, 4));
  first.finish();
  EXPECT_EQ(read_train_info(scratch / "x.nc").count, 4u);
}

TEST(TrainResult, TakesAnyFileName) {
  const ScratchDirectory scratch;
  const auto old = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path());
  for (const char* name : {"c:x.nc", "a b#mode=bytes.nc", "x", "-o"}) {
    synthetic::write(name, synthetic::plan(4, 0, 4));
    EXPECT_TRUE(std::filesystem::exists(name)) << name;
    EXPECT_EQ(read_train_info(name).count, 4u) << name;
  }
  std::filesystem::current_path(old);
}

TEST(TrainResult, RefusesBlocksOutOfOrderAndOfAnotherShape) {
  const ScratchDirectory scratch;
  const TrainPlan plan = synthetic::plan(10, 0, 10);
  TrainResultWriter writer(scratch / "x.nc", plan, synthetic::metadata());
  EXPECT_THROW(writer.write(synthetic::block(plan, 0, 1, 1)), std::logic_error);
  EXPECT_THROW(writer.write(synthetic::block(plan, 1, 0, 1)), std::logic_error);
  EXPECT_THROW(writer.write(synthetic::block(plan, 0, 0, 11)), std::logic_error);
  TrainBlock block = synthetic::block(plan, 0, 0, 1);
  block.parameters.pop_back();
  EXPECT_THROW(writer.write(block), std::logic_error);
  EXPECT_THROW(TrainResultWriter(scratch / "y.nc", synthetic::plan(4, 4, 0), {}),
               std::invalid_argument);
}

TEST(TrainResult, FailsEarlyWhereNothingCanBeWritten) {
  const ScratchDirectory scratch;
  const auto refusal = [&](const std::string& path, const TrainPlan& plan) {
    return message_of<IoError>([&] { TrainResultWriter(path, plan, synthetic::metadata()); });
  };
  const TrainPlan plan = synthetic::plan(4, 0, 4);
  EXPECT_NE(refusal(scratch / "no/such/x.nc", plan).find("there is no directory"),
            std::string::npos);
  EXPECT_NE(refusal(scratch.path().string(), plan).find("is a directory"), std::string::npos);
  EXPECT_NE(refusal("/dev/null", plan).find("not a regular file"), std::string::npos);
  EXPECT_NE(refusal("/proc/x.nc", plan).find("cannot be written"), std::string::npos);
  EXPECT_NE(refusal(scratch / "big.nc", synthetic::plan(1ull << 42, 0, 1ull << 42)).find(" left"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

// A disk that fills up while the result is written, played by a limit on the size of files.
TEST(TrainResult, AFullDiskIsAnErrorAndLeavesNothing) {
  const ScratchDirectory scratch;
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100000, 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int code = 1;
    try {
      synthetic::write(scratch / "x.nc", synthetic::plan(2000, 0, 2000));
    } catch (const IoError&) {
      code = 0;
    }
    _exit(code);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace kgon
