// Results of llc: written in any order of blocks, read back, merged and opened by other programs.
#include "io/llc_result.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "io/digest.hpp"
#include "io/errors.hpp"
#include "io/merge.hpp"
#include "io/netcdf_file.hpp"
#include "synthetic_llc.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;

TEST(LlcResult, HoldsWhatTheBlocksHeld) {
  const ScratchDirectory scratch;
  const ExpandedLlc expanded = synthetic_llc::expand();
  const LlcPlan& plan = expanded.plan;
  synthetic_llc::write(scratch / "x.nc", expanded);
  const NetcdfFile file = NetcdfFile::open(scratch / "x.nc");
  const int group = file.find_group("llc");
  const std::size_t sites = plan.sites.size();
  ASSERT_EQ(sites, 20u);
  for (const auto& column : estimate_columns()) {
    std::vector<double> values(sites);
    file.read(group, file.find_variable(group, column.name).id, {{0}, {sites}}, values.data());
    for (std::size_t i = 0; i < sites; ++i) {
      const double expected = synthetic_llc::estimate(plan.sites[i]).*(column.field);
      EXPECT_TRUE(values[i] == expected || (std::isnan(values[i]) && std::isnan(expected)))
          << column.name << " " << values[i] << " " << expected;
    }
  }
  std::vector<double> draws(sites * 3 * 4);
  file.read(group, file.find_variable(group, "draw_loss").id, {{0, 0, 0}, {sites, 3, 4}},
            draws.data());
  EXPECT_EQ(draws, synthetic_llc::block(plan, 0, sites).losses);
  std::vector<std::int64_t> failed(sites * 3);
  file.read(group, file.find_variable(group, "chain_failed_step").id, {{0, 0}, {sites, 3}},
            failed.data());
  for (std::size_t i = 0; i < failed.size(); ++i) EXPECT_EQ(failed[i], i % 3 == 1 ? 2 : -1);
}

TEST(LlcResult, TheOrderAndSizeOfBlocksDoNotMatter) {
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  const ScratchDirectory scratch;
  const ExpandedLlc expanded = synthetic_llc::expand();
  synthetic_llc::write(scratch / "a.nc", expanded, 1);
  synthetic_llc::write(scratch / "b.nc", expanded, 7);
  synthetic_llc::write(scratch / "c.nc", expanded, 20);
  unsetenv("SOURCE_DATE_EPOCH");
  const std::string a = synthetic::bytes_of_file(scratch / "a.nc");
  EXPECT_TRUE(a == synthetic::bytes_of_file(scratch / "b.nc"));
  EXPECT_TRUE(a == synthetic::bytes_of_file(scratch / "c.nc"));
}

TEST(LlcResult, ShardsMergeToTheWholeInAnyOrder) {
  const ScratchDirectory scratch;
  synthetic_llc::write(scratch / "whole.nc", synthetic_llc::expand());
  const std::string whole = result_digest(scratch / "whole.nc");
  std::vector<std::string> shards;
  for (std::uint64_t i = 0; i < 3; ++i) {
    shards.push_back(scratch / ("s" + std::to_string(i) + ".nc"));
    synthetic_llc::write(shards.back(), synthetic_llc::expand({i, 3}));
  }
  do {
    merge_results(shards, scratch / "out.nc");
    EXPECT_EQ(result_digest(scratch / "out.nc"), whole);
  } while (std::ranges::next_permutation(shards).found);
}

TEST(LlcResult, MergeRefusesGapsMixturesAndOtherStages) {
  const ScratchDirectory scratch;
  const auto refusal = [&](const std::vector<std::string>& inputs) {
    try {
      merge_results(inputs, scratch / "out.nc");
    } catch (const UnusableFile& error) {
      return std::string(error.what());
    }
    return std::string("not refused");
  };
  const auto shard = [&](std::uint64_t index, const ResultMetadata& about) {
    const std::string path = scratch / ("s" + std::to_string(index) + about.study_hash + ".nc");
    synthetic_llc::write(path, synthetic_llc::expand({index, 3}), 3, about);
    return path;
  };
  ResultMetadata other = synthetic_llc::metadata();
  other.study_hash = "ffff";
  const std::string a = shard(0, synthetic_llc::metadata()),
                    b = shard(1, synthetic_llc::metadata());
  const std::string c = shard(2, synthetic_llc::metadata());
  EXPECT_NE(refusal({a, c}).find("members 6 to 12 are missing"), std::string::npos)
      << refusal({a, c});
  EXPECT_NE(refusal({a, b, b, c}).find("overlap"), std::string::npos);
  EXPECT_NE(refusal({a, b, shard(2, other)}).find("study"), std::string::npos);
  synthetic::write(scratch / "train.nc", synthetic::plan(50, 0, 20));
  EXPECT_NE(refusal({a, scratch / "train.nc"}).find("stage"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(scratch / "out.nc"));
}

TEST(LlcResult, RefusesBlocksThatDoNotFit) {
  const ScratchDirectory scratch;
  const ExpandedLlc expanded = synthetic_llc::expand();
  LlcResultWriter writer(scratch / "x.nc", expanded, synthetic_llc::metadata(),
                         LlcPurpose::estimate);
  const auto block = [&](std::size_t first, std::size_t count) {
    return synthetic_llc::block(expanded.plan, first, count);
  };
  writer.write(block(3, 2));
  EXPECT_THROW(writer.write(block(4, 1)), std::logic_error);  // came twice
  LlcBlock beyond = block(19, 1);
  beyond.first_site = 20;
  EXPECT_THROW(writer.write(std::move(beyond)), std::logic_error);
  LlcBlock short_of_draws = block(0, 1);
  short_of_draws.losses.pop_back();
  EXPECT_THROW(writer.write(std::move(short_of_draws)), std::logic_error);
  EXPECT_FALSE(writer.is_complete());
  EXPECT_THROW(writer.finish(), std::logic_error);
}

TEST(LlcResult, AppearsUnderItsNameOnlyWhenFinished) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / "x.nc") << "old";
  {
    LlcResultWriter writer(scratch / "x.nc", synthetic_llc::expand(), synthetic_llc::metadata(),
                           LlcPurpose::estimate);
    EXPECT_TRUE(std::filesystem::exists(scratch / "x.nc.part"));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "x.nc.part"));
  EXPECT_EQ(synthetic::bytes_of_file(scratch / "x.nc"), "old");
  EXPECT_THROW(LlcResultWriter(scratch / "no/x.nc", synthetic_llc::expand(),
                               synthetic_llc::metadata(), LlcPurpose::estimate),
               IoError);
}

TEST(LlcResult, ACalibrationMarksTheRecommendedCells) {
  const ScratchDirectory scratch;
  const ExpandedLlc expanded = synthetic_llc::expand();
  LlcResultWriter writer(scratch / "x.nc", expanded, synthetic_llc::metadata(),
                         LlcPurpose::calibrate);
  writer.write(synthetic_llc::block(expanded.plan, 0, 20));
  EXPECT_THROW(writer.finish(), std::logic_error);
  std::vector<std::int8_t> recommended(20, 0);
  recommended[7] = 1;
  EXPECT_THROW(writer.finish(recommended), std::logic_error);
  std::vector<std::string> reasons(20);
  reasons[7] = "the best of all";
  writer.finish(recommended, reasons);
  const NetcdfFile file = NetcdfFile::open(scratch / "x.nc");
  const int group = file.find_group("llc");
  std::vector<std::int8_t> read(20);
  file.read(group, file.find_variable(group, "recommended").id, {{0}, {20}}, read.data());
  EXPECT_EQ(read, recommended);
  EXPECT_EQ(file.read_strings(group, file.find_variable(group, "reason").id, {{0}, {20}}), reasons);
}

TEST(LlcResult, OpensWithNcdumpAndXarray) {
  const ScratchDirectory scratch;
  synthetic_llc::write(scratch / "x.nc", synthetic_llc::expand({1, 2}));
  EXPECT_EQ(std::system(("ncdump '" + (scratch / "x.nc") + "' > /dev/null").c_str()), 0);
  if (std::system("/usr/bin/python3 -c 'import xarray, netCDF4' 2> /dev/null") != 0)
    GTEST_SKIP() << "python3 has no xarray";
  EXPECT_EQ(std::system(("/usr/bin/python3 '" KGON_SOURCE_DIR "/tests/io/check_llc_result.py' '" +
                         (scratch / "x.nc") + "'")
                            .c_str()),
            0);
}

}  // namespace
}  // namespace kgon
