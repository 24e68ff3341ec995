// The formula of the free energy.
#include "engine/free_energy_theory.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/sample_loss.hpp"
#include "kgon/engine/catalogue.hpp"
#include "support/phases.hpp"

namespace kgon {
namespace {

using test::five;
using test::five_plus;
using test::six;

// arXiv 2310.06301, section 4: lambda, L and c of the phases of 6 features.
TEST(FreeEnergyTheory, HasTheNumbersOfThePaper) {
  const auto theories = phase_theories({2, 6});
  EXPECT_EQ(theories.size(), 3u);
  EXPECT_EQ(theories.at(five).lambda, 7);
  EXPECT_EQ(theories.at(five_plus).lambda, 8.5);
  EXPECT_EQ(theories.at(six).lambda, 8.5);
  EXPECT_NEAR(theories.at(five).loss, 0.06874, 1e-5);
  EXPECT_NEAR(theories.at(five_plus).loss, 0.06180, 1e-5);
  EXPECT_NEAR(theories.at(six).loss, 0.04819, 1e-5);
  EXPECT_NEAR(theories.at(five).half_norm2, 3.62417, 1e-5);
  EXPECT_NEAR(theories.at(five_plus).half_norm2, 3.62764, 1e-5);
  EXPECT_NEAR(theories.at(six).half_norm2, 6.37764, 1e-5);
  EXPECT_TRUE(phase_theories({3, 6}).empty());
}

TEST(FreeEnergyTheory, Formula) {
  const PhaseTheory phase{0.05, 8.5, 6.0, {}};
  EXPECT_NEAR(theory_free_energy(phase, 1000, 0.5, 2, 0.06),
              1000 * 0.5 * 0.06 + 8.5 * std::log(1000) + 6.0 / 4, 1e-12);
}

TEST(FreeEnergyTheory, OccupanciesAreThoseOfTheFormula) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // Free energies whose exponentials are all 0.
  const auto found = theory_occupancies(
      {{five, 5000}, {five_plus, 5000 + std::log(3)}, {six, infinity}, {phase_other, NAN}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NEAR(found.at(five), 0.75, 1e-12);
  EXPECT_NEAR(found.at(five_plus), 0.25, 1e-12);
  EXPECT_TRUE(theory_occupancies({}).empty());
}

TEST(FreeEnergyTheory, PredictedCrossings) {
  const auto theories = phase_theories({2, 6});
  const auto at = [&](double beta, double scale) {
    return predicted_crossing(theories.at(five), theories.at(six), beta, scale);
  };
  EXPECT_NEAR(at(1, 1), 601, 0.5);
  EXPECT_NEAR(at(0.5, 1), 1316, 1);   // half the loss
  EXPECT_NEAR(at(1, 1e6), 445, 0.5);  // without the constant
  EXPECT_EQ(predicted_crossing(theories.at(six), theories.at(five), 1, 1), at(1, 1));
  // `5+` has the same lambda as `6`, more loss and a smaller constant: one crossing.
  const double n = predicted_crossing(theories.at(five_plus), theories.at(six), 1, 1);
  EXPECT_NEAR(n, (6.37764 - 3.62764) / (0.061799 - 0.048192), 0.1);
  EXPECT_TRUE(std::isnan(predicted_crossing(theories.at(six), theories.at(six), 1, 1)));
}

// x = mu e_0 with mu = 2^-23 (m + 1): f(x) = ReLU(W^T W x + b) written out.
TEST(SampleLoss, IsThatOfTheModel) {
  const std::vector<double> w = {1.0, 0.5, 0.0, -1.0, 0.1, -0.2};  // W = ((1, 0.5), (0, -1)), b
  const std::uint32_t half = (1u << 22) - 1;                       // feature 0, mu = 1/2
  const double first = 0.5 * 1 + 0.1 - 0.5, second = 0.5 * 0.5 - 0.2;
  EXPECT_NEAR(sample_loss({2, 2}, w.data(), half), first * first + second * second, 1e-15);
  const std::uint32_t other = (1u << 23) | half;  // feature 1
  const double x = 0.5 * 0.5 + 0.1, y = 0.5 * 1.25 - 0.2 - 0.5;
  EXPECT_NEAR(sample_loss({2, 2}, w.data(), other), x * x + y * y, 1e-15);
  EXPECT_NEAR(mean_sample_loss({2, 2}, w.data(), std::vector{half, other}),
              (first * first + second * second + x * x + y * y) / 2, 1e-15);
}

}  // namespace
}  // namespace kgon
