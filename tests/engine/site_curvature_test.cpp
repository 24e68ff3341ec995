#include "engine/site_curvature.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/population.hpp"

namespace kgon {
namespace {

constexpr double nbeta = 1e6 / 13.815510557964274;  // 10^6 / log 10^6

SiteCurvature curvature_at(const std::string& label) {
  return site_curvature({2, 6}, tms::standard_point(*tms::parse_phase_label(label), 6, -1.0));
}

double smallest_non_zero(const SiteCurvature& curvature) {
  return *std::find_if(curvature.eigenvalues.begin(), curvature.eigenvalues.end(),
                       [](double h) { return h > zero_curvature; });
}

std::ptrdiff_t rank(const SiteCurvature& curvature) {
  return std::count_if(curvature.eigenvalues.begin(), curvature.eigenvalues.end(),
                       [](double h) { return h > zero_curvature; });
}

TEST(SiteCurvature, HasTheEigenvaluesOfTheKGons) {
  const auto five = curvature_at("5"), five_plus = curvature_at("5+"), six = curvature_at("6");
  EXPECT_NEAR(smallest_non_zero(five), 0.0575, 5e-5);
  EXPECT_NEAR(smallest_non_zero(five_plus), 0.0575, 5e-5);
  EXPECT_NEAR(five_plus.largest(), 2.000, 5e-4);
  EXPECT_NEAR(smallest_non_zero(six), 0.0206, 5e-5);
  EXPECT_NEAR(six.largest(), 1.251, 5e-4);
}

TEST(SiteCurvature, HasTheRanksBehindTheirCoefficients) {
  EXPECT_EQ(rank(curvature_at("5")), 14);
  EXPECT_EQ(rank(curvature_at("5+")), 17);
  EXPECT_EQ(rank(curvature_at("6")), 17);
}

TEST(SiteCurvature, IsAscendingAndComplete) {
  for (const char* label : {"4", "4+", "4++-", "5", "6"}) {
    const SiteCurvature curvature = curvature_at(label);
    ASSERT_EQ(curvature.eigenvalues.size(), 18u) << label;
    EXPECT_TRUE(std::is_sorted(curvature.eigenvalues.begin(), curvature.eigenvalues.end()));
    EXPECT_EQ(curvature.smallest(), curvature.eigenvalues.front());
    EXPECT_EQ(curvature.largest(), curvature.eigenvalues.back());
  }
}

TEST(SiteCurvature, TheBiasOfAStepIsThatOfEachDirection) {
  SiteCurvature well;
  well.eigenvalues = {0, 1, 3};
  // n beta = 2, gamma = 4: k is 6 and 10, so epsilon k / 4 at 0.1 is 0.15 and 0.25.
  const double expected = 0.5 * 2 / 6 * (1 / 0.85 - 1) + 0.5 * 6 / 10 * (1 / 0.75 - 1);
  EXPECT_NEAR(gaussian_step_bias(Sampler::langevin, well, 2, 4, 0.1), expected, 1e-15);
  EXPECT_EQ(gaussian_step_bias(Sampler::langevin, well, 2, 4, 0.4), INFINITY);
  for (const Sampler exact : {Sampler::mala, Sampler::hmc})
    EXPECT_EQ(gaussian_step_bias(exact, well, 2, 4, 0.1), 0);
  EXPECT_TRUE(std::isnan(gaussian_step_bias(Sampler::sgld, well, 2, 4, 0.1)));
  EXPECT_EQ(gaussian_rank_half(well), 1);
  EXPECT_NEAR(gaussian_lambda(well, 2, 4), 0.5 * 2 / 6 + 0.5 * 6 / 10, 1e-15);
  well.eigenvalues.front() = -1;
  EXPECT_TRUE(std::isnan(gaussian_step_bias(Sampler::langevin, well, 2, 4, 0.1)));
  EXPECT_TRUE(std::isnan(gaussian_rank_half(well)));
}

// A hidden dimension that no weight uses adds flat directions: its rotations into the others, and
// one that the loss bends by.
TEST(SiteCurvature, OfMoreHiddenDimensions) {
  const std::vector<double> six = tms::standard_point(*tms::parse_phase_label("6"), 6, -1.0);
  std::vector<double> wide(six.begin(), six.begin() + 12);
  wide.resize(18, 0.0);
  wide.insert(wide.end(), six.begin() + 12, six.end());
  const SiteCurvature flat = curvature_at("6"), curvature = site_curvature({3, 6}, wide);
  ASSERT_EQ(curvature.eigenvalues.size(), 24u);
  // The two do not mix: every eigenvalue of the plane is there.
  for (const double h : flat.eigenvalues)
    EXPECT_TRUE(std::ranges::any_of(curvature.eigenvalues, [h](double of) {
      return std::abs(of - h) < 1e-12;
    })) << h;
  EXPECT_GE(
      std::ranges::count_if(curvature.eigenvalues, [](double h) { return std::abs(h) < 1e-12; }),
      3);
}

// A point that is no point has no curvature either, and does not end the run.
TEST(SiteCurvature, OfAPointThatIsNotANumber) {
  std::vector<double> w = tms::standard_point(tms::phase_code(5, 0, 0), 6, -1.0);
  w[3] = std::nan("");
  const SiteCurvature curvature = site_curvature({2, 6}, w);
  EXPECT_TRUE(std::isnan(gaussian_lambda(curvature, nbeta, 1)));
  for (const Sampler sampler : {Sampler::langevin, Sampler::mala, Sampler::hmc, Sampler::sgld}) {
    const double step = default_step_size(sampler, curvature, nbeta, 1);
    EXPECT_TRUE(step > 0 && std::isfinite(step)) << step;
  }
}

TEST(GaussianLambda, TendsToHalfTheRank) {
  EXPECT_NEAR(gaussian_lambda(curvature_at("5"), nbeta, 1e-6), 7, 1e-6);
  EXPECT_NEAR(gaussian_lambda(curvature_at("5+"), nbeta, 1e-6), 8.5, 1e-6);
  EXPECT_NEAR(gaussian_lambda(curvature_at("6"), nbeta, 1e-6), 8.5, 1e-6);
  EXPECT_EQ(gaussian_lambda(curvature_at("6"), nbeta, 0), 8.5);
}

TEST(GaussianLambda, FallsWithTheLocalization) {
  const SiteCurvature curvature{{0, 0.5, 2}, true};
  EXPECT_DOUBLE_EQ(gaussian_lambda(curvature, 10, 5), 0.5 * 5 / 10 + 0.5 * 20 / 25);
  EXPECT_DOUBLE_EQ(gaussian_lambda(curvature, 10, 0), 1);
}

TEST(GaussianLambda, DoesNotExistWhereTheLossIsNoQuadraticWell) {
  for (const char* label : {"4", "4+", "4++", "4-", "4++-"})
    EXPECT_TRUE(std::isnan(gaussian_lambda(curvature_at(label), nbeta, 1))) << label;
  EXPECT_TRUE(std::isnan(gaussian_lambda({{-0.01, 1}, true}, 10, 1)));
  EXPECT_TRUE(std::isnan(gaussian_lambda({{0.01, 1}, false}, 10, 1)));
}

// Of h = 2 along (3, 4) / 5 and 0 across: (g . (3, 4) / 5)^2 (n beta)^2 / (2 (2 n beta + gamma)).
TEST(GaussianDepth, IsWhatTheQuadraticFormFalls) {
  SiteCurvature curvature{{0, 2}, true};
  curvature.modes = {-0.8, 0.6, 0.6, 0.8};
  EXPECT_NEAR(gaussian_depth(curvature, {0.3, 0.4}, 10, 5), 0.5 * 25 / 25, 1e-12);
  EXPECT_EQ(gaussian_depth(curvature, {0, 0}, 10, 0), 0);
  // Across, gamma alone holds.
  EXPECT_NEAR(gaussian_depth(curvature, {-0.8, 0.6}, 10, 5), 0.5 * 100 / 5, 1e-6);
}

// The modes are those of the Hessian: along one the gradient of the quadratic form is h.
TEST(GaussianDepth, OfACriticalPointsNeighbour) {
  const SiteCurvature curvature = curvature_at("6");
  constexpr std::size_t P = 18, steep = P - 1;
  std::vector<double> w = tms::standard_point(*tms::parse_phase_label("6"), 6, -1.0), gradient(P);
  constexpr double distance = 1e-3;
  for (std::size_t p = 0; p < P; ++p) w[p] += distance * curvature.modes[steep * P + p];
  const double loss = tms::PopulationLoss<double, 2, 6>{}(w.data(), gradient.data());
  const double least = tms::PopulationLoss<double, 2, 6>{}(
      tms::standard_point(*tms::parse_phase_label("6"), 6, -1.0).data(),
      std::vector<double>(P).data());
  EXPECT_NEAR(gaussian_depth(curvature, gradient, 1e6, 0) / (1e6 * (loss - least)), 1, 0.02);
}

TEST(GaussianLambda, DoesNotExistOffTheBottom) {
  SiteCurvature curvature = curvature_at("6");
  curvature.depth = 0.09 * 8.5;
  EXPECT_NEAR(gaussian_lambda(curvature, nbeta, 1e-6), 8.5, 1e-6);
  curvature.depth = 0.11 * 8.5;
  EXPECT_TRUE(std::isnan(gaussian_lambda(curvature, nbeta, 1)));
  EXPECT_TRUE(std::isnan(gaussian_step_bias(Sampler::langevin, curvature, nbeta, 1, 1e-9)));
}

// Variance of an unadjusted chain over the exact one, in its stiffest direction.
double stiffest_bias(Sampler sampler, const SiteCurvature& curvature, double gamma) {
  const double precision = nbeta * curvature.largest() + gamma;
  const double epsilon = default_step_size(sampler, curvature, nbeta, gamma);
  return 1 / (1 - epsilon * precision / 4) - 1;
}

TEST(DefaultStepSize, BiasesTheStiffestDirectionByLessThanThreePerCent) {
  for (const char* label : {"4", "4++-", "5", "5+", "6"}) {
    for (const double gamma : {0.0, 1.0, 1e3, 1e6}) {
      for (const Sampler sampler : {Sampler::langevin, Sampler::sgld}) {
        const double bias = stiffest_bias(sampler, curvature_at(label), gamma);
        EXPECT_LT(bias, 0.03) << label << ' ' << gamma;
        EXPECT_GT(bias, 0.01) << label << ' ' << gamma;  // nor does it crawl
      }
    }
  }
}

TEST(DefaultStepSize, FollowsTheStiffestDirection) {
  const SiteCurvature stiff{{0, 8}, true}, flat{{0, 0.01}, true}, unknown{{}, true};
  EXPECT_DOUBLE_EQ(default_step_size(Sampler::mala, stiff, 100, 200), 0.5 / 1000);
  EXPECT_DOUBLE_EQ(default_step_size(Sampler::hmc, stiff, 100, 200), 0.7 / std::sqrt(1000.0));
  EXPECT_DOUBLE_EQ(default_step_size(Sampler::langevin, flat, 100, 200), 0.1 / 300);
  EXPECT_DOUBLE_EQ(default_step_size(Sampler::langevin, unknown, 100, 200), 0.1 / 400);
}

// A leapfrog is stable up to 2 / sqrt(k), an unadjusted step up to 4 / k.
TEST(DefaultStepSize, IsFarFromUnstable) {
  const SiteCurvature curvature = curvature_at("5+");
  const double precision = nbeta * curvature.largest() + 10;
  EXPECT_LT(default_step_size(Sampler::hmc, curvature, nbeta, 10), 1 / std::sqrt(precision));
  EXPECT_LT(default_step_size(Sampler::mala, curvature, nbeta, 10), 1 / precision);
}

}  // namespace
}  // namespace kgon
