#include "io/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/digest.hpp"
#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/shard.hpp"
#include "io/train_result_reader.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;

class MergeTest : public ::testing::Test {
 protected:
  std::string shard(const std::string& name, std::uint64_t first, std::uint64_t count,
                    const ResultMetadata& about = synthetic::metadata()) {
    synthetic::write(scratch_ / name, synthetic::plan(50, first, count), 4, about);
    return scratch_ / name;
  }

  // The sentence with which a merge is refused; nothing may be left behind.
  std::string refusal(const std::vector<std::string>& inputs) {
    std::string message;
    try {
      merge_results(inputs, scratch_ / "out.nc");
      ADD_FAILURE() << "not refused";
    } catch (const UnusableFile& error) {
      message = error.what();
    }
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.nc"));
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.nc.part"));
    return message;
  }

  void expect_names(const std::string& message, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
    }
  }

  ScratchDirectory scratch_;
};

TEST_F(MergeTest, WhatTheCheckThrowsEndsItWithoutATrace) {
  const std::vector<std::string> shards = {shard("a.nc", 0, 25), shard("b.nc", 25, 25)};
  int left = 5;
  const auto check = [&left] {
    if (--left == 0) throw std::runtime_error("stop");
  };
  EXPECT_THROW(merge_results(shards, scratch_ / "out.nc", check), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.nc"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.nc.part"));
}

TEST_F(MergeTest, AnyOrderOfShardsGivesTheUnshardedDigest) {
  for (const KeepParameters keep :
       {KeepParameters::all, KeepParameters::final, KeepParameters::none}) {
    const auto write = [&](const std::string& name, std::uint64_t first, std::uint64_t count) {
      synthetic::write(scratch_ / name, synthetic::plan(50, first, count, keep));
      return scratch_ / name;
    };
    const std::string whole = result_digest(write("whole.nc", 0, 50));
    std::vector<std::string> shards = {write("a.nc", 0, 16), write("b.nc", 16, 17),
                                       write("c.nc", 33, 17)};
    do {
      merge_results(shards, scratch_ / "out.nc");
      EXPECT_EQ(result_digest(scratch_ / "out.nc"), whole);
    } while (std::ranges::next_permutation(shards).found);
  }
}

TEST_F(MergeTest, KeepsTheMetadataAndNamesEveryDevice) {
  ResultMetadata gpu = synthetic::metadata();
  gpu.device = "cuda:0";
  merge_results({shard("a.nc", 0, 20), shard("b.nc", 20, 30, gpu)}, scratch_ / "out.nc");
  const TrainResultInfo info = read_train_info(scratch_ / "out.nc");
  EXPECT_EQ(info.first, 0u);
  EXPECT_EQ(info.count, 50u);
  EXPECT_EQ(info.metadata.study, synthetic::metadata().study);
  EXPECT_EQ(info.metadata.seed, 42u);
  EXPECT_EQ(info.metadata.device, "cpu (avx2, 2 threads); cuda:0");
  EXPECT_EQ(read_start_points(scratch_ / "out.nc", {3, 4}).size(), 2u * 43 * 16);
}

TEST_F(MergeTest, AddsTheWallTimesUpWhereEveryShardHasOne) {
  const auto timed = [&](const std::string& name, std::uint64_t first, std::uint64_t count,
                         double seconds) {
    const TrainPlan plan = synthetic::plan(50, first, count);
    TrainResultWriter writer(scratch_ / name, plan, synthetic::metadata());
    for (std::uint32_t cell = 0; cell < plan.cells.size(); ++cell)
      writer.write(synthetic::block(plan, cell, first, count));
    writer.put_wall_seconds(seconds);
    writer.finish();
    return scratch_ / name;
  };
  const auto merged_seconds = [&](const std::string& a, const std::string& b) {
    merge_results({a, b}, scratch_ / "out.nc");
    const NetcdfFile file = NetcdfFile::open(scratch_ / "out.nc");
    return file.find_real(file.root(), "wall_seconds");
  };
  const std::string a = timed("a.nc", 0, 20, 1.5), b = timed("b.nc", 20, 30, 2.25);
  const std::string untimed_a = shard("c.nc", 0, 20), untimed_b = shard("d.nc", 20, 30);
  EXPECT_EQ(merged_seconds(b, a), 3.75);
  EXPECT_FALSE(merged_seconds(a, untimed_b));
  EXPECT_FALSE(merged_seconds(untimed_a, b));
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  EXPECT_FALSE(merged_seconds(a, b));
  const std::string fixed = timed("e.nc", 20, 30, 2.25);
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_FALSE(merged_seconds(a, fixed));
}

TEST_F(MergeTest, EqualMergesGiveIdenticalFiles) {
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  const std::string whole = shard("whole.nc", 0, 50);
  merge_results({shard("a.nc", 0, 20), shard("b.nc", 20, 30)}, scratch_ / "out.nc");
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_TRUE(synthetic::bytes_of_file(whole) == synthetic::bytes_of_file(scratch_ / "out.nc"));
}

TEST_F(MergeTest, NamesThePartsThatAreNotThere) {
  std::vector<std::string> parts;  // of 12: four or five members each
  for (std::uint64_t i = 0; i < 12; ++i) {
    const ShardRange range = shard_range({i, 12}, 50, "members");
    parts.push_back(shard("p" + std::to_string(i) + ".nc", range.first, range.count));
  }
  const auto without = [&](const std::vector<std::size_t>& absent) {
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (std::ranges::find(absent, i) == absent.end()) rest.push_back(parts[i]);
    return refusal(rest);
  };
  expect_names(without({3}), {"members 12 to 15 are missing", "not here of 12 parts: 3"});
  expect_names(without({0, 7, 11}), {"not here of 12 parts: 0, 7, 11"});
  expect_names(refusal({shard("half.nc", 25, 25)}), {"not here of 2 parts: 0"});
  expect_names(refusal({shard("first.nc", 0, 2), shard("last.nc", 48, 2)}),
               {"not here of 25 parts: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..."});
  // The last five of 50 may be part 9 of 10 or 11 of 12.
  EXPECT_EQ(refusal({parts.back()}).find("parts"), std::string::npos);
}

TEST_F(MergeTest, TheOutputMayBeAnInput) {
  const std::string a = shard("a.nc", 0, 20), b = shard("b.nc", 20, 30);
  const std::string whole = result_digest(shard("whole.nc", 0, 50));
  merge_results({a, b}, a);
  EXPECT_EQ(result_digest(a), whole);
}

TEST_F(MergeTest, RefusesGapsAndOverlaps) {
  const std::string a = shard("a.nc", 0, 20), b = shard("b.nc", 20, 10), c = shard("c.nc", 30, 20);
  const std::string wide = shard("wide.nc", 19, 11);
  expect_names(refusal({a, c}), {a, c, "members 20 to 29 are missing"});
  expect_names(refusal({b, c}), {b, "members 0 to 19 are missing"});
  expect_names(refusal({b, a}), {b, "members 30 to 49 are missing"});
  expect_names(refusal({a, wide, c}), {a, wide, "overlap", "member 19"});
  EXPECT_EQ(refusal({a, c}).find("parts"), std::string::npos);  // 20, 10, 20 are no equal parts
  expect_names(refusal({a, a, b, c}), {a, "overlap"});
  refusal({});
}

TEST_F(MergeTest, RefusesMixedStudies) {
  const std::string a = shard("a.nc", 0, 20);
  ResultMetadata other = synthetic::metadata();
  other.study_hash = "ffff";
  expect_names(refusal({a, shard("b.nc", 20, 30, other)}), {a, scratch_ / "b.nc", "study"});
  other = synthetic::metadata();
  other.seed = 43;
  expect_names(refusal({a, shard("b.nc", 20, 30, other)}), {a, scratch_ / "b.nc", "seed"});
  other = synthetic::metadata();
  other.version = "0.2.0";
  expect_names(refusal({a, shard("b.nc", 20, 30, other)}), {a, scratch_ / "b.nc", "version"});
}

TEST_F(MergeTest, RefusesOtherSettingsUnderTheSameHash) {
  const std::string a = shard("a.nc", 0, 20);
  TrainPlan plan = synthetic::plan(50, 20, 30);
  plan.cells[1].learning_rate = 0.1;
  synthetic::write(scratch_ / "b.nc", plan);
  expect_names(refusal({a, scratch_ / "b.nc"}), {a, scratch_ / "b.nc", "lr"});
  plan = synthetic::plan(50, 20, 30, KeepParameters::none);
  synthetic::write(scratch_ / "b.nc", plan);
  expect_names(refusal({a, scratch_ / "b.nc"}), {a, scratch_ / "b.nc"});
  plan = synthetic::plan(50, 20, 30);
  plan.cells.pop_back();
  synthetic::write(scratch_ / "b.nc", plan);
  expect_names(refusal({a, scratch_ / "b.nc"}), {a, scratch_ / "b.nc"});
}

TEST_F(MergeTest, RefusesBadFiles) {
  const std::string a = shard("a.nc", 0, 20), b = shard("b.nc", 20, 30);
  const std::string bytes = synthetic::bytes_of_file(b);
  std::ofstream(scratch_ / "cut.nc") << bytes.substr(0, bytes.size() / 2);
  expect_names(refusal({a, scratch_ / "cut.nc"}), {"cut.nc"});
  expect_names(refusal({a, scratch_ / "missing.nc"}), {"missing.nc"});
  EXPECT_THROW(merge_results({a, b}, scratch_ / "no/dir.nc"), IoError);
}

}  // namespace
}  // namespace kgon
