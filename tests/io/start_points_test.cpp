// Files that trajectories start from: results of kgon and points that somebody else wrote.
#include "io/start_points.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;

// W (walker, hidden, feature) and b (walker, feature), numbered through.
void write_points(const std::string& path, std::size_t walkers, std::size_t features) {
  NetcdfFile file = NetcdfFile::create(path);
  const int root = file.root();
  const int walker = file.define_dimension(root, "walker", walkers);
  const int hidden = file.define_dimension(root, "hidden", 2);
  const int feature = file.define_dimension(root, "feature", features);
  const int of_weights[] = {walker, hidden, feature}, of_biases[] = {walker, feature};
  const int weights = file.define_variable(root, "W", NC_DOUBLE, of_weights);
  const int biases = file.define_variable(root, "b", NC_DOUBLE, of_biases);
  file.end_definitions();
  std::vector<double> values(walkers * 2 * features);
  std::iota(values.begin(), values.end(), 0.0);
  file.write(root, weights, {{0, 0, 0}, {walkers, 2, features}}, values.data());
  file.write(root, biases, {{0, 0}, {walkers, features}}, values.data());
  file.close();
}

TEST(StartPoints, TakesAFileOfPointsThatKgonDidNotWrite) {
  const ScratchDirectory scratch;
  write_points(scratch / "points.nc", 2, 3);
  const Study study = parse_study("", "", {});
  StartPoints starts(study.at("train.init"), {2, 3});
  const StartPoint& start = starts.at(scratch / "points.nc", 0);
  EXPECT_EQ(start.points, (std::vector<double>{0, 1, 2, 3, 4, 5, 0, 1, 2,  // W row by row, then b
                                               6, 7, 8, 9, 10, 11, 3, 4, 5}));
  EXPECT_TRUE(start.canonical.starts_with("points:")) << start.canonical;
}

TEST(StartPoints, SaysWhatIsWrongWithAFileOfPoints) {
  const ScratchDirectory scratch;
  write_points(scratch / "points.nc", 2, 4);
  const Study study = parse_study("", "", {});
  StartPoints starts(study.at("train.init"), {2, 3});
  try {
    starts.at(scratch / "points.nc", 0);
    FAIL() << "points of four features are not those of three";
  } catch (const UnusableFile& error) {
    const std::string sentence = error.what();
    EXPECT_NE(sentence.find("W (..., hidden = 2, feature = 3)"), std::string::npos) << sentence;
    EXPECT_EQ(sentence.find("kgon result"), std::string::npos) << sentence;
  }
}

}  // namespace
}  // namespace kgon
