// Points of llc from train results and from files of points.
#include <gtest/gtest.h>
#include <netcdf.h>

#include <cmath>
#include <string>
#include <vector>

#include "io/errors.hpp"
#include "io/llc_cells.hpp"
#include "io/netcdf_file.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;

const std::vector<ModelShape> four_features{{3, 4}};

class LlcPointsTest : public ::testing::Test {
 protected:
  // `more`: lines of the table [llc].
  ExpandedLlc expand(const std::string& name, const std::string& more = "") const {
    return expand_llc(
        parse_study("hidden = 3\nfeatures = 4\n[llc]\nat = \"" + (scratch_ / name) + "\"\n" + more,
                    "s.toml", {}),
        four_features);
  }

  std::string refusal(const std::string& name, const std::string& more = "") const {
    try {
      expand(name, more);
    } catch (const UnusableFile& error) {
      return error.what();
    }
    return "";
  }

  // A file with W of shape `leading` + {hidden, features} and b, filled with i / 100.
  void write_points(const std::string& name, const std::vector<std::size_t>& leading,
                    std::size_t hidden = 3, std::size_t features = 4, double first = 0) const {
    NetcdfFile file = NetcdfFile::create(scratch_ / name);
    std::vector<int> dimensions;
    std::size_t points = 1;
    for (const std::size_t length : leading) {
      dimensions.push_back(
          file.define_dimension(file.root(), "d" + std::to_string(dimensions.size()), length));
      points *= length;
    }
    const int feature = file.define_dimension(file.root(), "feature", features);
    std::vector<int> of_weights = dimensions;
    of_weights.push_back(file.define_dimension(file.root(), "hidden", hidden));
    of_weights.push_back(feature);
    dimensions.push_back(feature);
    const int weights = file.define_variable(file.root(), "W", NC_DOUBLE, of_weights);
    const int biases = file.define_variable(file.root(), "b", NC_FLOAT, dimensions);
    file.end_definitions();
    std::vector<double> w;
    std::vector<float> b;
    for (std::size_t i = 0; i < points * hidden * features; ++i)
      w.push_back(i == 0 ? first : static_cast<double>(i) / 100);
    for (std::size_t i = 0; i < points * features; ++i) b.push_back(-static_cast<float>(i));
    const auto whole = [](std::vector<std::size_t> count) {
      return Slab{std::vector<std::size_t>(count.size(), 0), count};
    };
    std::vector<std::size_t> shape = leading;
    shape.push_back(features);
    file.write(file.root(), biases, whole(shape), b.data());
    shape.insert(shape.end() - 1, hidden);
    file.write(file.root(), weights, whole(shape), w.data());
    file.close();
  }

  ScratchDirectory scratch_;
};

// Two cells of 11 members with three and two records; members 3 and 10 fail after the first.
TEST_F(LlcPointsTest, TakesEveryRecordThatHasNotFailed) {
  synthetic::write(scratch_ / "x.nc", synthetic::plan(11, 0, 11));
  const ExpandedLlc expanded = expand("x.nc");
  const LlcPlan& plan = expanded.plan;
  ASSERT_EQ(plan.sites.size(), 11u * 5 - 2 * (2 + 1));
  ASSERT_EQ(expanded.notes.size(), 1u);
  EXPECT_NE(expanded.notes[0].find("6 of its records left out"), std::string::npos);
  ASSERT_EQ(plan.groups.size(), 1u);
  EXPECT_EQ(plan.groups[0].samples, 1000u);
  EXPECT_EQ(plan.sites[0].nbeta, 1000 / std::log(1000.0));
  for (const LlcSite& site : plan.sites) {
    const PointOrigin& origin = plan.origins[site.point];
    const auto cell = static_cast<std::uint32_t>(origin.cell);
    const auto member = static_cast<std::uint64_t>(origin.trajectory);
    const DataSource own{0xfedcba9876543210u + cell, member, Purpose::data};
    EXPECT_EQ(plan.data[site.data], own);
    for (std::size_t p = 0; p < 16; ++p)
      EXPECT_EQ(plan.points[site.point * 16 + p],
                static_cast<float>(synthetic::parameter(
                    cell, member, static_cast<std::size_t>(origin.record), p)));
    EXPECT_EQ(origin.step, synthetic::plan(11, 0, 11)
                               .cells[cell]
                               .record_steps[static_cast<std::size_t>(origin.record)]);
  }
  // Records of one trajectory, which share a data set, stand together.
  for (std::size_t i = 1; i < plan.sites.size(); ++i)
    EXPECT_LE(plan.sites[i - 1].data, plan.sites[i].data);
}

TEST_F(LlcPointsTest, SelectsRecords) {
  synthetic::write(scratch_ / "x.nc", synthetic::plan(11, 0, 11));
  const auto count = [&](const std::string& more) {
    return expand("x.nc", more).plan.sites.size();
  };
  EXPECT_EQ(count("at-records = \"final\""), 2u * 9);
  EXPECT_EQ(count("at-trajectories = 3"), 3u * 5);
  EXPECT_EQ(count("at-trajectories = 1\nat-every = 2"), 2u + 1);
  EXPECT_EQ(count("at-trajectories = 1\nat-every = 100"), 2u);
  // Two cells with 3 and 2 records; 10 trajectories have not failed by record 1, and 11 by record
  // 0.
  EXPECT_EQ(count("at-trajectory = 5"), 3u + 2);
  EXPECT_EQ(count("at-trajectory = 5\nat-record = 1"), 2u);
  EXPECT_EQ(count("at-record = 2\nat-trajectories = 2"), 2u);
  const LlcPlan one = expand("x.nc", "at-trajectory = 5\nat-record = 2").plan;
  ASSERT_EQ(one.origins.size(), 1u);
  EXPECT_EQ(one.origins[0].trajectory, 5);
  EXPECT_EQ(one.origins[0].record, 2);
  EXPECT_THROW(count("at-trajectory = 11"), UnusableFile);
  // Odd members lie on a plateau; member 3 only with its first record.
  EXPECT_EQ(count("at-records = \"plateau\""), 4u * 5 + 2);
  const std::string none = refusal("x.nc", "at-trajectories = 1\nat-records = \"plateau\"");
  EXPECT_NE(none.find("no record"), std::string::npos) << none;
  EXPECT_NE(none.find("k-gons, which hidden = 2 alone has"), std::string::npos) << none;
}

TEST_F(LlcPointsTest, AShardNamesItsTrajectories) {
  synthetic::write(scratch_ / "x.nc", synthetic::plan(50, 20, 5));
  const LlcPlan plan = expand("x.nc", "at-records = \"final\"").plan;
  EXPECT_EQ(plan.origins[0].trajectory, 20);
  EXPECT_EQ(plan.data[plan.sites[0].data].member, 20u);
}

TEST_F(LlcPointsTest, ASharedDataSetIsOneAndThePopulationNone) {
  TrainPlan train = synthetic::plan(4, 0, 3);
  train.cells[0].dataset = Dataset::shared;
  train.cells[1].dataset = Dataset::population;
  train.cells[1].samples = 1;
  synthetic::write(scratch_ / "x.nc", train);
  const LlcPlan plan = expand("x.nc").plan;
  ASSERT_EQ(plan.groups.size(), 2u);
  EXPECT_EQ(plan.groups[0].site_count, 9u);
  ASSERT_EQ(plan.data.size(), 1u);
  EXPECT_EQ(plan.data[0], (DataSource{train.cells[0].key, 0, Purpose::shared_data}));
  EXPECT_TRUE(plan.groups[1].population);
  EXPECT_EQ(plan.groups[1].samples, 5000u);  // n of the study: the population has none
}

TEST_F(LlcPointsTest, SaysThatSamplesDoNotApply) {
  synthetic::write(scratch_ / "x.nc", synthetic::plan(2, 0, 2));
  const ExpandedLlc expanded = expand("x.nc", "samples = [10, 20]");
  EXPECT_EQ(expanded.plan.groups[0].samples, 1000u);
  EXPECT_EQ(expanded.duplicates, expanded.plan.sites.size());
  ASSERT_EQ(expanded.notes.size(), 1u);
  EXPECT_NE(expanded.notes[0].find("samples does not apply"), std::string::npos);
}

TEST_F(LlcPointsTest, RefusesResultsWithoutParameters) {
  synthetic::write(scratch_ / "none.nc", synthetic::plan(4, 0, 4, KeepParameters::none));
  synthetic::write(scratch_ / "final.nc", synthetic::plan(4, 0, 4, KeepParameters::final));
  synthetic::write(scratch_ / "failed.nc", synthetic::plan(4, 3, 1));
  EXPECT_NE(refusal("none.nc").find("no parameters"), std::string::npos);
  EXPECT_NE(refusal("final.nc").find("at-records must be final"), std::string::npos);
  EXPECT_EQ(expand("final.nc", "at-records = \"final\"").plan.sites.size(), 2u * 3);
  EXPECT_NE(refusal("failed.nc", "at-records = \"final\"").find("no record"), std::string::npos);
  EXPECT_NE(refusal("missing.nc").find("cannot be opened"), std::string::npos);
}

TEST_F(LlcPointsTest, TakesFilesOfPointsOfAnyLeadingShape) {
  write_points("one.nc", {});
  write_points("grid.nc", {2, 3});
  EXPECT_EQ(expand("one.nc").plan.sites.size(), 1u);
  const LlcPlan plan = expand("grid.nc").plan;
  ASSERT_EQ(plan.sites.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(plan.origins[i].cell, -1);
    EXPECT_EQ(plan.origins[i].record, static_cast<std::int64_t>(i));
    EXPECT_EQ(plan.points[i * 16 + 11], static_cast<double>(i * 12 + 11) / 100);
    EXPECT_EQ(plan.points[i * 16 + 12], -static_cast<double>(i * 4));
    EXPECT_EQ(plan.data[plan.sites[i].data].purpose, Purpose::shared_data);
  }
}

TEST_F(LlcPointsTest, RefusesFilesOfOtherShapesAndValues) {
  write_points("shape.nc", {2}, 2, 4);
  write_points("nan.nc", {2}, 3, 4, NAN);
  write_points("infinite.nc", {2}, 3, 4, INFINITY);
  NetcdfFile::create(scratch_ / "empty.nc").close();
  std::ofstream(scratch_ / "foreign.nc") << "not a netCDF file at all";
  EXPECT_NE(refusal("shape.nc").find("hidden = 3"), std::string::npos);
  EXPECT_NE(refusal("nan.nc").find("point 0 is not finite"), std::string::npos);
  EXPECT_NE(refusal("infinite.nc").find("point 0 is not finite"), std::string::npos);
  EXPECT_NE(refusal("empty.nc").find("no variable W"), std::string::npos);
  EXPECT_NE(refusal("foreign.nc").find("cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace kgon
