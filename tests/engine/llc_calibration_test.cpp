#include "engine/llc_calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kgon {
namespace {

constexpr double usual = 100;
// The Gaussian well of these tests: rank 14, of which gamma takes off gamma / 1000.
constexpr double rank_half = 7;

struct Cell {
  double lambda;
  double mcse = 0.1;
  double step = 1;
  double gamma = 1;
  double step_bias = 0;
  double nbeta = usual;
  LlcVerdict verdict = LlcVerdict::ok;

  operator CalibrationCell() const {
    LlcEstimate estimate;
    estimate.lambda_hat = lambda;
    estimate.mcse = mcse;
    estimate.step_size = step;
    estimate.step_bias = step_bias;
    estimate.localization_bias = -gamma / 1000;
    estimate.lambda_gaussian = rank_half - gamma / 1000;
    estimate.rhat = 1.01;
    estimate.verdict = verdict;
    return {nbeta, gamma, estimate};
  }
};

using Grid = std::vector<CalibrationCell>;

CalibrationChoice choose(const Grid& grid, Sampler sampler = Sampler::langevin) {
  return choose_calibration_cell(sampler, usual, grid);
}

bool says(const CalibrationChoice& choice, const char* part) {
  return choice.reason.find(part) != std::string::npos;
}

TEST(LlcCalibration, WeighsTheBiasOfTheStepAgainstTheMonteCarloError) {
  // Larger steps have smaller errors and larger biases: 0.20, 0.128, 0.206.
  const Grid grid = {Cell{.lambda = 7.05, .mcse = 0.20, .step = 1, .step_bias = 0.02},
                     Cell{.lambda = 7.08, .mcse = 0.10, .step = 4, .step_bias = 0.08},
                     Cell{.lambda = 7.20, .mcse = 0.05, .step = 10, .step_bias = 0.20}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_TRUE(choice.is_trusted);
  EXPECT_EQ(choice.cell, 1u);
  EXPECT_NEAR(choice.error, std::hypot(0.10, 0.08), 1e-12);
  EXPECT_EQ(choice.agreeing, 2u);
  EXPECT_EQ(choice.others, 2u);
  EXPECT_TRUE(says(choice, "smallest error, 0.128")) << choice.reason;
}

TEST(LlcCalibration, WithoutABiasTheSmallestErrorIsTaken) {
  const Grid grid = {Cell{.lambda = 7.0, .mcse = 0.3, .step = 1},
                     Cell{.lambda = 7.1, .mcse = 0.1, .step = 2},
                     Cell{.lambda = 6.9, .mcse = 0.2, .step = 4}};
  EXPECT_EQ(choose(grid, Sampler::hmc).cell, 1u);
}

// Where no formula gives the bias it is that of a line through the cells, and the line's error.
TEST(LlcCalibration, MeasuresABiasThatIsNotKnown) {
  Grid grid = {Cell{.lambda = 7.1, .mcse = 0.1, .step = 1, .step_bias = NAN},
               Cell{.lambda = 7.2, .mcse = 0.1, .step = 2, .step_bias = NAN},
               Cell{.lambda = 7.3, .mcse = 0.1, .step = 3, .step_bias = NAN}};
  const CalibrationChoice choice = choose(grid, Sampler::sgld);
  EXPECT_EQ(choice.cell, 0u);
  // Slope 0.1, its error 0.1 / sqrt(2).
  EXPECT_NEAR(choice.error, std::hypot(0.1, 0.1 + 0.1 / std::sqrt(2.0)), 1e-12);
  grid.resize(1);  // no line
  EXPECT_NEAR(choose(grid, Sampler::sgld).error, 0.1, 1e-12);
}

TEST(LlcCalibration, AnOutlierIsNotTakenHoweverSmallItsError) {
  const Grid grid = {Cell{.lambda = 3.0, .mcse = 0.01, .step = 4},
                     Cell{.lambda = 7.0, .mcse = 0.2, .step = 1},
                     Cell{.lambda = 7.1, .mcse = 0.1, .step = 2}};
  EXPECT_EQ(choose(grid, Sampler::mala).cell, 2u);
}

TEST(LlcCalibration, AgreementIsWithinThreeCombinedErrors) {
  // 3 sqrt(2) 0.1 = 0.424
  const auto agreeing = [](double other, double bias) {
    return choose({Cell{.lambda = 7}, Cell{.lambda = other, .step = 2, .step_bias = bias}})
        .agreeing;
  };
  EXPECT_EQ(agreeing(7.42, 0), 1u);
  EXPECT_EQ(agreeing(7.43, 0), 0u);
  EXPECT_EQ(agreeing(7.43, 0.02), 1u);  // the known bias of the step taken off
}

TEST(LlcCalibration, TiesGoToTheSmallerStep) {
  const Grid grid = {Cell{.lambda = 7, .step = 4}, Cell{.lambda = 7, .step = 1},
                     Cell{.lambda = 7, .step = 2}};
  EXPECT_EQ(choose(grid).cell, 1u);
}

TEST(LlcCalibration, OnlyCellsThatAreOkCount) {
  const Grid grid = {Cell{.lambda = 7, .mcse = 0.01, .verdict = LlcVerdict::not_converged},
                     Cell{.lambda = 9},
                     Cell{.lambda = 7, .mcse = 0.01, .verdict = LlcVerdict::not_converged}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_EQ(choice.cell, 1u);
  EXPECT_EQ(choice.others, 0u);
  EXPECT_TRUE(says(choice, "none confirms it")) << choice.reason;
}

// Chains held loosely add what they meet at the end of a flat direction.
TEST(LlcCalibration, TakesTheSmallestGammaAtWhichTheWellIsGaussian) {
  const Grid grid = {Cell{.lambda = 7.10, .mcse = 0.02, .gamma = 1},
                     Cell{.lambda = 7.10, .mcse = 0.02, .step = 2, .gamma = 1},
                     Cell{.lambda = 7.08, .mcse = 0.02, .gamma = 10},
                     Cell{.lambda = 6.93, .mcse = 0.02, .gamma = 100},
                     Cell{.lambda = 6.90, .mcse = 0.02, .gamma = 130}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_EQ(choice.cell, 3u);
  EXPECT_TRUE(says(choice, "gamma = 100")) << choice.reason;
  EXPECT_TRUE(says(choice, "takes 0.10 off")) << choice.reason;
}

// One cell near the Gaussian value among others that are not is noise.
TEST(LlcCalibration, AllCellsOfAGammaSayWhetherTheWellIsGaussian) {
  const Grid grid = {Cell{.lambda = 7.05, .mcse = 0.02, .gamma = 1},
                     Cell{.lambda = 7.10, .mcse = 0.021, .step = 2, .gamma = 1},
                     Cell{.lambda = 7.11, .mcse = 0.021, .step = 3, .gamma = 1},
                     Cell{.lambda = 6.93, .mcse = 0.02, .gamma = 100}};
  EXPECT_EQ(choose(grid).cell, 3u);
}

TEST(LlcCalibration, CellsThatSayLittleShowNoGaussianWell) {
  const Grid grid = {Cell{.lambda = 7.1, .mcse = 0.2, .gamma = 1},
                     Cell{.lambda = 7.1, .mcse = 0.3, .step = 2, .gamma = 1}};
  EXPECT_EQ(choose(grid).cell, 0u);
  EXPECT_TRUE(says(choose(grid), "do not show a Gaussian well")) << choose(grid).reason;
}

// At a point more singular than its Hessian, tight chains find the Gaussian value of their gamma.
TEST(LlcCalibration, AGammaThatTakesTooMuchOffIsNotTakenForThat) {
  Grid grid = {Cell{.lambda = 7.8, .mcse = 0.02, .gamma = 1},
               Cell{.lambda = 7.8, .mcse = 0.03, .step = 2, .gamma = 1},
               Cell{.lambda = 7.5, .mcse = 0.02, .gamma = 10},
               Cell{.lambda = 6.8, .mcse = 0.02, .gamma = 200}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_EQ(choice.cell, 0u);
  EXPECT_TRUE(says(choice, "smallest with cells that agree")) << choice.reason;
  grid[0].estimate.verdict = LlcVerdict::not_converged;  // no two of a gamma are left
  EXPECT_EQ(choose(grid).cell, 1u);
  EXPECT_TRUE(says(choose(grid), "none confirms it"));
}

// One that takes 0.1 off, known to 0.02, leaves room for a smaller one; known to 0.05 and taking
// 0.03 off it does not.
TEST(LlcCalibration, SaysThatAFinerGridOfGammasCouldTakeLessOff) {
  Grid grid = {Cell{.lambda = 7.5, .mcse = 0.02, .gamma = 10},
               Cell{.lambda = 6.9, .mcse = 0.02, .gamma = 100}};
  EXPECT_EQ(choose(grid).cell, 1u);
  EXPECT_TRUE(says(choose(grid), "one between 10 and it")) << choose(grid).reason;
  grid[1] = Cell{.lambda = 6.97, .mcse = 0.05, .gamma = 30};
  EXPECT_EQ(choose(grid).cell, 1u);
  EXPECT_FALSE(says(choose(grid), "one between")) << choose(grid).reason;
  EXPECT_FALSE(says(choose({Cell{.lambda = 6.9, .mcse = 0.02, .gamma = 100}}), "one between"));
}

TEST(LlcCalibration, AGammaThatSwallowsLambdaIsNeverTrusted) {
  Grid grid = {Cell{.lambda = 8, .gamma = 1, .verdict = LlcVerdict::not_converged},
               Cell{.lambda = 6.2, .mcse = 0.02, .gamma = 800},
               Cell{.lambda = 6.2, .mcse = 0.02, .step = 2, .gamma = 800}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_EQ(choice.cell, 1u);
  EXPECT_TRUE(says(choice, "gamma = 800 takes 0.80 off")) << choice.reason;
  // Another temperature is taken before that.
  grid.push_back(Cell{.lambda = 7, .gamma = 10, .nbeta = 4 * usual});
  EXPECT_TRUE(choose(grid).is_trusted);
  EXPECT_EQ(choose(grid).cell, 3u);
}

// Chains that are held tightly and leave all the same say that w* is no minimum of L_n.
TEST(LlcCalibration, EscapesAtALargerGammaVetoTheSmallerOnes) {
  const LlcVerdict left = LlcVerdict::escaped;
  Grid grid = {Cell{.lambda = 4.9, .gamma = 1}, Cell{.lambda = 4.9, .step = 2, .gamma = 1},
               Cell{.lambda = 4.9, .gamma = 10, .verdict = left},
               Cell{.lambda = 4.9, .step = 2, .gamma = 10, .verdict = left},
               Cell{.lambda = 4.9, .step = 9, .gamma = 10, .verdict = LlcVerdict::step_too_large}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_TRUE(says(choice, "chains leave at gamma = 10")) << choice.reason;
  grid.push_back(Cell{.lambda = 7, .gamma = 100});  // a well that is narrow
  EXPECT_TRUE(choose(grid).is_trusted);
  EXPECT_EQ(choose(grid).cell, 5u);
}

// One chain that fell, in a cell whose step is too long, shows that the well leaks.
TEST(LlcCalibration, AWellThatLeaksIsNotTrusted) {
  Grid grid = {Cell{.lambda = 7, .gamma = 10}, Cell{.lambda = 7, .step = 2, .gamma = 10},
               Cell{.lambda = 7, .step = 9, .gamma = 10, .verdict = LlcVerdict::step_too_large}};
  for (CalibrationCell& cell : grid) cell.estimate.chains_used = 16;
  EXPECT_TRUE(choose(grid).is_trusted);
  grid[2].estimate.dropped_below = 1;
  const CalibrationChoice choice = choose(grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_TRUE(says(choice, "chains leave at gamma = 10 with other steps")) << choice.reason;
}

TEST(LlcCalibration, WithoutAHessianTheSmallestConfirmedGammaIsTaken) {
  Grid grid = {Cell{.lambda = 8.7, .gamma = 1}, Cell{.lambda = 7.0, .gamma = 10},
               Cell{.lambda = 7.1, .step = 2, .gamma = 10}, Cell{.lambda = 4.4, .gamma = 100},
               Cell{.lambda = 4.4, .step = 2, .gamma = 100}};
  for (CalibrationCell& cell : grid)
    cell.estimate.lambda_gaussian = cell.estimate.localization_bias = cell.estimate.step_bias = NAN;
  EXPECT_EQ(choose(grid).cell, 1u);
}

// A cell with a large error agrees with all others and confirms none.
TEST(LlcCalibration, WithoutAHessianCellsThatSayLittleConfirmNothing) {
  Grid grid = {Cell{.lambda = 7.7, .mcse = 0.5, .gamma = 1},
               Cell{.lambda = 8.3, .mcse = 0.5, .step = 2, .gamma = 1},
               Cell{.lambda = 8.0, .mcse = 0.02, .gamma = 10},
               Cell{.lambda = 8.0, .mcse = 0.02, .step = 2, .gamma = 10}};
  for (CalibrationCell& cell : grid)
    cell.estimate.lambda_gaussian = cell.estimate.localization_bias = cell.estimate.step_bias = NAN;
  EXPECT_GE(choose(grid).cell, 2u);
}

// As at the 4-gons with n = 5,000: gamma alone makes lambda-hat, which grows with n beta.
TEST(LlcCalibration, WithoutAHessianALambdaThatGrowsWithNbetaIsNotTrusted) {
  Grid grid = {Cell{.lambda = 2.60, .mcse = 0.01, .gamma = 100, .nbeta = usual / 2},
               Cell{.lambda = 3.25, .mcse = 0.01, .gamma = 100, .nbeta = usual},
               Cell{.lambda = 3.91, .mcse = 0.01, .gamma = 100, .nbeta = usual * 2}};
  for (CalibrationCell& cell : grid)
    cell.estimate.lambda_gaussian = cell.estimate.localization_bias = NAN;
  CalibrationChoice choice = choose(grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_TRUE(says(choice, "lambda goes with (n beta / gamma)^(0.")) << choice.reason;
  // One that hardly grows is, by 0.7 % for a factor of 2.
  grid[0].estimate.lambda_hat = 3.23;
  grid[2].estimate.lambda_hat = 3.27;
  EXPECT_TRUE(choose(grid).is_trusted);
  grid.resize(1);
  choice = choose(grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_TRUE(says(choice, "nothing says how much of lambda gamma = 100 makes")) << choice.reason;
}

TEST(LlcCalibration, TemperaturesAreNotPooledAndTheUsualOneIsPreferred) {
  // Each temperature has a number of its own; 120 is nearer to 100 than 50 is.
  const Grid grid = {Cell{.lambda = 7.0, .mcse = 0.05, .nbeta = 50},
                     Cell{.lambda = 7.0, .mcse = 0.05, .step = 2, .nbeta = 50},
                     Cell{.lambda = 7.02, .mcse = 0.20, .nbeta = 120},
                     Cell{.lambda = 9.0, .mcse = 0.01, .nbeta = 10000}};
  const CalibrationChoice choice = choose(grid);
  EXPECT_EQ(choice.cell, 2u);
  EXPECT_EQ(choice.others, 0u);
  EXPECT_TRUE(says(choice, "7.00 +- 0.05 at n beta = 50")) << choice.reason;
  EXPECT_TRUE(says(choice, "9.00 +- 0.01 at n beta = 1e+04")) << choice.reason;
}

TEST(LlcCalibration, AnotherTemperatureIsNotTakenForItsGaussianWell) {
  const Grid grid = {Cell{.lambda = 8.0, .mcse = 0.02, .nbeta = usual},
                     Cell{.lambda = 8.0, .mcse = 0.02, .step = 2, .nbeta = usual},
                     Cell{.lambda = 7.0, .mcse = 0.02, .nbeta = 4 * usual}};
  EXPECT_EQ(choose(grid).cell, 0u);
}

TEST(LlcCalibration, WithoutAnOkCellItNamesTheNearest) {
  Grid grid = {Cell{.lambda = 7, .verdict = LlcVerdict::not_a_minimum},
               Cell{.lambda = 7, .verdict = LlcVerdict::escaped},
               Cell{.lambda = 7, .step = 4, .verdict = LlcVerdict::not_converged},
               Cell{.lambda = 7, .step = 2, .verdict = LlcVerdict::not_converged},
               Cell{.lambda = 7, .verdict = LlcVerdict::step_too_large}};
  grid[2].estimate.rhat = NAN;  // chains that never moved are no better than any that did
  const CalibrationChoice choice = choose(grid);
  EXPECT_FALSE(choice.is_trusted);
  EXPECT_EQ(choice.cell, 3u);
  EXPECT_TRUE(says(choice, "no cell can be trusted")) << choice.reason;
  EXPECT_TRUE(says(choice, "not converged")) << choice.reason;
}

}  // namespace
}  // namespace kgon
