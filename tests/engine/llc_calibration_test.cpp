#include "engine/llc_calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kgon {
namespace {

CalibrationCell cell(double lambda, double ess, double step, LlcVerdict verdict = LlcVerdict::ok,
                     double gamma = 1) {
  LlcEstimate estimate;
  estimate.lambda_hat = lambda;
  estimate.mcse = 0.1;
  estimate.ess = ess;
  estimate.step_size = step;
  estimate.rhat = 1.01;
  estimate.verdict = verdict;
  return {gamma, estimate};
}

using Grid = std::vector<CalibrationCell>;

TEST(LlcCalibration, TakesTheLargestEffectiveSizeOfThoseThatAgree) {
  const Grid grid = {cell(7.0, 200, 1), cell(7.1, 400, 2), cell(7.2, 300, 4)};
  const CalibrationChoice choice = choose_calibration_cell(Sampler::langevin, grid);
  EXPECT_TRUE(choice.is_trusted);
  EXPECT_EQ(choice.cell, 1u);
  EXPECT_EQ(choice.agreeing, 2u);
  EXPECT_EQ(choice.others, 2u);
  EXPECT_NE(choice.reason.find("2 of its 2"), std::string::npos) << choice.reason;
}

TEST(LlcCalibration, AnOutlierIsNotTakenHoweverLargeItsEffectiveSize) {
  const Grid grid = {cell(3.0, 9000, 4), cell(7.0, 200, 1), cell(7.1, 400, 2)};
  EXPECT_EQ(choose_calibration_cell(Sampler::mala, grid).cell, 2u);
}

TEST(LlcCalibration, AgreementIsWithinThreeCombinedErrors) {
  // 3 sqrt(2) 0.1 = 0.424
  const auto agreeing = [](double other) {
    const Grid grid = {cell(7, 200, 1), cell(other, 100, 1)};
    return choose_calibration_cell(Sampler::hmc, grid).agreeing;
  };
  EXPECT_EQ(agreeing(7.42), 1u);
  EXPECT_EQ(agreeing(7.43), 0u);
}

TEST(LlcCalibration, TiesGoToTheSmallerStep) {
  const Grid grid = {cell(7, 200, 4), cell(7, 200, 1), cell(7, 200, 2)};
  EXPECT_EQ(choose_calibration_cell(Sampler::langevin, grid).cell, 1u);
}

TEST(LlcCalibration, OnlyCellsThatAreOkCount) {
  const Grid grid = {cell(7, 900, 1, LlcVerdict::escaped), cell(9, 100, 1),
                     cell(7, 900, 1, LlcVerdict::not_converged)};
  const CalibrationChoice choice = choose_calibration_cell(Sampler::langevin, grid);
  EXPECT_EQ(choice.cell, 1u);
  EXPECT_EQ(choice.others, 0u);
  EXPECT_NE(choice.reason.find("no other cell"), std::string::npos);
}

// Chains tied to the point agree best, in a number that is too small.
TEST(LlcCalibration, TheSmallestGammaWithCellsThatAgreeIsTaken) {
  const LlcVerdict ok = LlcVerdict::ok, escaped = LlcVerdict::escaped;
  Grid grid = {cell(8.5, 200, 1, escaped, 1), cell(8.7, 200, 2, ok, 1),
               cell(7.0, 300, 1, ok, 10),     cell(7.1, 400, 2, ok, 10),
               cell(4.4, 900, 1, ok, 100),    cell(4.4, 950, 2, ok, 100),
               cell(4.4, 990, 4, ok, 100)};
  EXPECT_EQ(choose_calibration_cell(Sampler::langevin, grid).cell, 3u);
  grid.resize(3);  // no two agree: the smallest gamma with a cell that is ok
  const CalibrationChoice choice = choose_calibration_cell(Sampler::langevin, grid);
  EXPECT_EQ(choice.cell, 1u);
  EXPECT_EQ(choice.agreeing, 0u);
}

TEST(LlcCalibration, WithoutAnOkCellItNamesTheNearest) {
  Grid grid = {cell(7, 90, 1, LlcVerdict::not_a_minimum), cell(7, 50, 1, LlcVerdict::escaped),
               cell(7, 50, 4, LlcVerdict::not_converged), cell(7, 50, 2, LlcVerdict::not_converged),
               cell(7, 50, 1, LlcVerdict::step_too_large)};
  grid[2].estimate.rhat = NAN;  // chains that never moved are no better than any that did
  const CalibrationChoice choice = choose_calibration_cell(Sampler::langevin, grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_EQ(choice.cell, 3u);
  EXPECT_NE(choice.reason.find("no cell is ok"), std::string::npos) << choice.reason;
  EXPECT_NE(choice.reason.find("not converged"), std::string::npos) << choice.reason;
}

}  // namespace
}  // namespace kgon
