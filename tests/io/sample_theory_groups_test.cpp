// The derived groups of a sample result.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "engine/free_energy_theory.hpp"
#include "io/digest.hpp"
#include "io/sample_result.hpp"
#include "support/group_reader.hpp"
#include "synthetic_result.hpp"
#include "synthetic_sample.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;
using synthetic_sample::findings;
using synthetic_sample::five;
using synthetic_sample::five_plus;
using synthetic_sample::six;
using test::GroupReader;
using test::has_group;

class SampleTheoryGroups : public testing::Test {
 protected:
  std::string written(const SampleFindings& found) {
    const std::string path = scratch_ / (std::to_string(++files_) + ".nc");
    synthetic_sample::write(path, plan_, found);
    return path;
  }

  const SamplePlan plan_ = synthetic_sample::expand().plan;

 private:
  ScratchDirectory scratch_;
  int files_ = 0;
};

Crossing crossing(bool population, double n) {
  Crossing c;
  c.from = five;
  c.to = six;
  c.beta = 0.5;
  c.prior_scale = 2;
  c.population = population;
  c.below = 100;
  c.above = 300;
  c.n_measured = n;
  c.se = 4;
  c.n_predicted = 601;
  c.data_sets = 1;
  c.data_sets_unresolved = population ? 0 : 1;
  c.of_data_sets = {{0, 100, 200, n, 4}};
  if (!population) c.of_data_sets.push_back({1, 200, 300, NAN, NAN});
  return c;
}

TEST_F(SampleTheoryGroups, CrossingsHaveARowForAllSetsAndForEach) {
  SampleFindings found = findings(plan_);
  found.crossings = {crossing(false, 150), crossing(true, 160)};
  const GroupReader read(written(found), "crossings");
  EXPECT_EQ(read.attribute("derived"), 1);
  EXPECT_EQ(read.strings("from"), std::vector<std::string>(4, "5"));
  EXPECT_EQ(read.strings("to"), std::vector<std::string>(4, "6"));
  EXPECT_EQ(read.values<std::int64_t>("data_set"), (std::vector<std::int64_t>{-2, 0, 1, -1}));
  EXPECT_EQ(read.values<std::int8_t>("aggregate"), (std::vector<std::int8_t>{1, 0, 0, 0}));
  EXPECT_EQ(read.values<std::int64_t>("n_low"), (std::vector<std::int64_t>{100, 100, 200, 100}));
  EXPECT_EQ(read.values<std::int64_t>("n_high"), (std::vector<std::int64_t>{300, 200, 300, 300}));
  EXPECT_EQ(read.values<double>("beta"), std::vector<double>(4, 0.5));
  EXPECT_EQ(read.values<double>("prior_scale"), std::vector<double>(4, 2));
  EXPECT_EQ(read.values<double>("n_predicted"), std::vector<double>(4, 601));
  EXPECT_EQ(read.values<std::int64_t>("data_sets"), (std::vector<std::int64_t>{1, 1, 0, 1}));
  EXPECT_EQ(read.values<std::int64_t>("data_sets_unresolved"),
            (std::vector<std::int64_t>{1, 0, 1, 0}));
  const auto n = read.values<double>("n_measured"), se = read.values<double>("se");
  EXPECT_EQ(n[0], 150);
  EXPECT_EQ(n[1], 150);
  EXPECT_TRUE(std::isnan(n[2]) && std::isnan(se[2]));
  EXPECT_EQ(n[3], 160);
  EXPECT_EQ(se[3], 4);
}

TEST_F(SampleTheoryGroups, FitsHaveARowForAllSetsAndForEach) {
  ConstantFit population;
  population.phase = five_plus;
  population.population = true;
  population.constant = -9;
  population.laplace = -8;
  population.formula = 3.6;
  population.runs = 4;
  population.of_data_sets = {{0, {-9, 0}, {0, 0}, 0, 4}};
  ConstantFit sampled = population;
  sampled.population = false;
  sampled.constant_se = 0.5;
  sampled.slope = 10;
  sampled.slope_se = 2;
  sampled.chi2 = 5;
  sampled.runs = 7;
  sampled.laplace = NAN;
  sampled.of_data_sets = {{0, {-8, 0.25}, {12, 1}, 2, 4}, {2, {-10, 0.125}, {8, 3}, 3, 3}};
  SampleFindings found = findings(plan_);
  found.constants = {sampled, population};
  const GroupReader read(written(found), "free_energy_fit");
  EXPECT_EQ(read.attribute("derived"), 1);
  EXPECT_EQ(read.strings("phase"), std::vector<std::string>(4, "5+"));
  EXPECT_EQ(read.values<std::int64_t>("data_set"), (std::vector<std::int64_t>{-2, 0, 2, -1}));
  EXPECT_EQ(read.values<std::int8_t>("aggregate"), (std::vector<std::int8_t>{1, 0, 0, 0}));
  EXPECT_EQ(read.values<double>("constant"), (std::vector<double>{-9, -8, -10, -9}));
  EXPECT_EQ(read.values<double>("constant_se"), (std::vector<double>{0.5, 0.25, 0.125, 0}));
  EXPECT_EQ(read.values<double>("slope"), (std::vector<double>{10, 12, 8, 0}));
  EXPECT_EQ(read.values<double>("slope_se"), (std::vector<double>{2, 1, 3, 0}));
  EXPECT_EQ(read.values<std::int64_t>("runs"), (std::vector<std::int64_t>{7, 4, 3, 4}));
  EXPECT_EQ(read.values<double>("chi2"), (std::vector<double>{5, 2, 3, 0}));
  EXPECT_EQ(read.values<double>("paper"), std::vector<double>(4, 3.6));
  EXPECT_TRUE(std::isnan(read.values<double>("laplace")[0]));
  EXPECT_EQ(read.values<double>("laplace")[3], -8);
}

// No run of these has visited 4.
TEST_F(SampleTheoryGroups, OccupanciesOfTheTheoryCountPhasesThatNobodyVisited) {
  const PhaseCode four = tms::phase_code(4, 0, 0);
  SampleFindings found = findings(plan_);
  found.estimates[1].theory = {{five, 100}, {six, 100 + std::log(2)}, {four, 100 - std::log(1.5)}};
  const std::string path = written(found);
  const GroupReader read(path, "theory"), sample(path, "sample");
  EXPECT_EQ(read.attribute("derived"), 1);
  const auto phases = read.values<PhaseCode>("phase");
  EXPECT_EQ(phases, (std::vector<PhaseCode>{five, six, five_plus}));
  EXPECT_EQ(phases, sample.values<PhaseCode>("phase"));
  const auto occupancies = read.values<double>("theory_occupancy");
  ASSERT_EQ(occupancies.size(), 6 * phases.size());
  EXPECT_NEAR(occupancies[3], 1 / 3.0, 1e-12);
  EXPECT_NEAR(occupancies[4], 1 / 6.0, 1e-12);
  EXPECT_TRUE(std::isnan(occupancies[5]));
  EXPECT_NEAR(occupancies[0], 1 / (1 + std::exp(0.125)), 1e-12);  // of 5 and 4, as they are made
}

TEST_F(SampleTheoryGroups, AreAbsentWhereEmptyAndNeverInTheDigest) {
  SampleFindings found = findings(plan_);
  const std::string bare = written(found);
  EXPECT_FALSE(has_group(bare, "crossings"));
  EXPECT_FALSE(has_group(bare, "free_energy_fit"));
  found.crossings = {crossing(false, 150)};
  found.constants.emplace_back();
  const std::string full = written(found);
  EXPECT_TRUE(has_group(full, "crossings"));
  EXPECT_TRUE(has_group(full, "free_energy_fit"));
  EXPECT_EQ(result_digest(bare), result_digest(full));
  for (RunEstimate& estimate : found.estimates) estimate.theory.clear();
  EXPECT_FALSE(has_group(written(found), "theory"));
}

}  // namespace
}  // namespace kgon
