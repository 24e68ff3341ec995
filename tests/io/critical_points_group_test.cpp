// The catalogue in the results of every stage.
#include "io/critical_points_group.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "io/digest.hpp"
#include "io/merge.hpp"
#include "kgon/engine/catalogue.hpp"
#include "support/group_reader.hpp"
#include "synthetic_llc.hpp"
#include "synthetic_result.hpp"
#include "synthetic_sample.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;
using test::GroupReader;
using test::has_group;

GroupReader catalogue_of(const std::string& path) {
  return {path, "critical_points"};
}

// A train result of so many rows of W.
void write_train(const std::string& path, ModelShape shape) {
  TrainPlan plan = synthetic::plan(3, 0, 3);
  plan.shape = shape;
  synthetic::write(path, plan);
}

void expect_points(const GroupReader& found, int features) {
  const std::vector<tms::CriticalPoint> points = tms::critical_points(features);
  const auto parameters = static_cast<std::size_t>(3 * features), split = parameters * 2 / 3;
  ASSERT_EQ(found.values<std::int64_t>("level").size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const tms::CriticalPoint& point = points[i];
    EXPECT_EQ(found.values<std::string>("label")[i], point.label);
    EXPECT_EQ(found.values<PhaseCode>("phase")[i], tms::parse_phase_label(point.label));
    EXPECT_EQ(found.values<double>("loss")[i], point.loss);
    const double lambda = found.values<double>("lambda")[i];
    EXPECT_TRUE(point.lambda ? lambda == *point.lambda : std::isnan(lambda)) << point.label;
    EXPECT_EQ(found.values<double>("half_norm2")[i], point.half_norm2);
    EXPECT_EQ(found.values<std::int32_t>("hessian_rank")[i], point.hessian_rank);
    EXPECT_EQ(found.values<std::int32_t>("negative_eigenvalues")[i], point.negative_eigenvalues);
    EXPECT_EQ(found.values<std::int8_t>("twice_differentiable")[i], point.twice_differentiable);
    EXPECT_EQ(found.values<double>("gradient_norm")[i], point.gradient_norm);
    const auto weights = found.values<double>("W"), biases = found.values<double>("b");
    for (std::size_t p = 0; p < parameters; ++p)
      EXPECT_EQ(p < split ? weights[i * split + p] : biases[i * (parameters - split) + p - split],
                point.parameters[p]);
  }
}

TEST(CriticalPointsGroup, IsTheCatalogueInEveryStage) {
  const ScratchDirectory scratch;
  write_train(scratch / "train.nc", {2, 5});
  expect_points(catalogue_of(scratch / "train.nc"), 5);
  synthetic_llc::write(scratch / "llc.nc", synthetic_llc::expand());
  expect_points(catalogue_of(scratch / "llc.nc"), 6);
  synthetic_sample::write(scratch / "sample.nc", synthetic_sample::expand().plan);
  const GroupReader catalogue = catalogue_of(scratch / "sample.nc");
  expect_points(catalogue, 6);
  EXPECT_EQ(catalogue.attribute("derived"), 1);
  EXPECT_EQ(catalogue.attribute("dead_bias"), -1);
  EXPECT_EQ(catalogue.text("phase", "flag_meanings").substr(0, 14), "other 6 5+ 5 4");
}

TEST(CriticalPointsGroup, IsAbsentWhereThereIsNoCatalogue) {
  const ScratchDirectory scratch;
  write_train(scratch / "x.nc", {3, 6});
  EXPECT_FALSE(has_group(scratch / "x.nc", "critical_points"));
}

TEST(CriticalPointsGroup, AMergeCarriesItOver) {
  const ScratchDirectory scratch;
  const auto write = [&](const std::string& name, std::uint64_t first, std::uint64_t count) {
    TrainPlan plan = synthetic::plan(50, first, count);
    plan.shape = {2, 6};
    synthetic::write(scratch / name, plan);
    return scratch / name;
  };
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  write("whole.nc", 0, 50);
  merge_results({write("a.nc", 0, 20), write("b.nc", 20, 30)}, scratch / "out.nc");
  unsetenv("SOURCE_DATE_EPOCH");
  const GroupReader catalogue = catalogue_of(scratch / "out.nc");
  expect_points(catalogue, 6);
  EXPECT_EQ(catalogue.attribute("derived"), 1);
  EXPECT_EQ(catalogue.attribute("dead_bias"), -1);
  EXPECT_TRUE(synthetic::bytes_of_file(scratch / "whole.nc") ==
              synthetic::bytes_of_file(scratch / "out.nc"));
}

// The mathematics library of another machine may round them otherwise.
TEST(CriticalPointsGroup, AMergeDoesNotCompareIt) {
  const ScratchDirectory scratch;
  std::vector<std::string> shards;
  for (std::uint64_t i = 0; i < 2; ++i) {
    shards.push_back(scratch / ("s" + std::to_string(i) + ".nc"));
    synthetic_llc::write(shards.back(), synthetic_llc::expand({i, 2}));
  }
  int file = -1, group = -1, variable = -1;
  ASSERT_EQ(nc_open(shards[1].c_str(), NC_WRITE, &file), NC_NOERR);
  nc_inq_ncid(file, "critical_points", &group);
  nc_inq_varid(group, "gradient_norm", &variable);
  const std::size_t first = 0;
  const double other = 1e-17;
  EXPECT_EQ(nc_put_var1_double(group, variable, &first, &other), NC_NOERR);
  nc_close(file);
  merge_results(shards, scratch / "out.nc");
  EXPECT_EQ(catalogue_of(scratch / "out.nc").values<double>("gradient_norm"),
            catalogue_of(shards[0]).values<double>("gradient_norm"));
}

}  // namespace
}  // namespace kgon
