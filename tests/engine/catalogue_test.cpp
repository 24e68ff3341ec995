#include "kgon/engine/catalogue.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/catalogue_points.hpp"
#include "engine/catalogue_population.hpp"

namespace kgon::tms {
namespace {

std::map<std::string, CriticalPoint> catalogue(int features, double dead_bias = -1) {
  std::map<std::string, CriticalPoint> points;
  for (const CriticalPoint& point : critical_points(features, dead_bias)) {
    points[point.label] = point;
  }
  return points;
}

Eigen::VectorXd eigenvalues(const CriticalPoint& point) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(
             host_population_hessian(point.parameters).matrix)
      .eigenvalues();
}

std::string error_of(const std::string& label, int features, double dead_bias) {
  try {
    standard_point(parse_phase_label(label).value(), features, dead_bias);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Catalogue, EighteenPointsForSixFeatures) {
  std::set<std::string> expected{"5", "5+", "6"};
  for (int sigma = 0; sigma <= 2; ++sigma) {
    for (int phi = 0; phi <= 4; ++phi) expected.insert(phase_label(phase_code(4, sigma, phi)));
  }
  std::set<std::string> labels;
  for (const CriticalPoint& point : critical_points(6)) labels.insert(point.label);
  EXPECT_EQ(labels, expected);
  EXPECT_EQ(labels.size(), 18u);
}

TEST(Catalogue, CountsForOtherFeatures) {
  EXPECT_EQ(critical_points(3).size(), 1u);
  EXPECT_EQ(critical_points(4).size(), 5u);
  EXPECT_EQ(critical_points(5).size(), 11u);
  EXPECT_EQ(critical_points(7).size(), 26u);
  EXPECT_EQ(critical_points(8).size(), 35u);
}

TEST(Catalogue, PublishedLosses) {
  const auto points = catalogue(6);
  const std::pair<const char*, double> losses[] = {
      {"6", 0.04819},  {"5+", 0.06180}, {"5", 0.06874},   {"4++", 0.09722},
      {"4+", 0.10417}, {"4", 0.11111},  {"4++-", 0.15278}};
  for (const auto& [label, loss] : losses) EXPECT_NEAR(points.at(label).loss, loss, 5e-6) << label;
}

TEST(Catalogue, SquareLossesFollowTheFormula) {
  for (int c = 4; c <= 8; ++c) {
    for (const CriticalPoint& point : critical_points(c)) {
      if (point.k != 4) continue;
      const double expected = (c - 4 + point.phi - 3.0 * point.sigma / (4 * c)) / (3 * c);
      EXPECT_NEAR(point.loss, expected, 1e-14) << c << ' ' << point.label;
    }
  }
}

TEST(Catalogue, EveryPointIsCriticalAndInOrder) {
  for (int c = 3; c <= 12; ++c) {
    const auto points = critical_points(c);
    for (const CriticalPoint& point : points) {
      EXPECT_LE(point.gradient_norm, 1e-10) << c << ' ' << point.label;
      EXPECT_EQ(point.parameters.size(), static_cast<std::size_t>(3 * c));
      EXPECT_FALSE(point.lambda_reason.empty());
    }
    EXPECT_TRUE(std::is_sorted(points.begin(), points.end(),
                               [](const auto& a, const auto& b) { return a.loss < b.loss; }));
  }
}

TEST(Catalogue, RanksForSixFeatures) {
  const auto points = catalogue(6);
  EXPECT_EQ(points.at("6").hessian_rank, 17);
  EXPECT_EQ(points.at("5+").hessian_rank, 17);
  EXPECT_EQ(points.at("5").hessian_rank, 14);
  for (const char* label : {"6", "5+", "5"}) {
    EXPECT_EQ(points.at(label).negative_eigenvalues, 0) << label;
    EXPECT_TRUE(points.at(label).twice_differentiable) << label;
  }
}

TEST(Catalogue, ExtremesOfTheHessians) {
  const auto points = catalogue(6);
  EXPECT_NEAR(eigenvalues(points.at("5"))[4], 0.0575, 5e-5);
  EXPECT_NEAR(eigenvalues(points.at("5+"))[1], 0.0575, 5e-5);
  EXPECT_NEAR(eigenvalues(points.at("5+"))[17], 2.000, 5e-4);
  EXPECT_NEAR(eigenvalues(points.at("6"))[1], 0.0206, 5e-5);
  EXPECT_NEAR(eigenvalues(points.at("6"))[17], 1.251, 5e-4);
}

TEST(Catalogue, RankDoesNotHangOnItsTolerance) {
  for (int c = 3; c <= 16; ++c) {
    for (const CriticalPoint& point : critical_points(c)) {
      const Eigen::VectorXd values = eigenvalues(point);
      const double largest = values.cwiseAbs().maxCoeff();
      for (const double value : values) {
        const double relative = std::abs(value) / (largest > 0 ? largest : 1);
        EXPECT_TRUE(relative < 1e-13 || relative > 1e-5) << c << ' ' << point.label << ' ' << value;
      }
    }
  }
}

TEST(Catalogue, LambdaOfMinima) {
  const auto six = catalogue(6);
  EXPECT_EQ(six.at("6").lambda, 8.5);
  EXPECT_EQ(six.at("5+").lambda, 8.5);
  EXPECT_EQ(six.at("5").lambda, 7.0);
  for (int c = 5; c <= 9; ++c) {
    const auto points = catalogue(c);
    for (int k = 5; k <= std::min(c, 8); ++k) {
      EXPECT_EQ(points.at(std::to_string(k)).lambda, (3 * k - 1) / 2.0) << c << ' ' << k;
    }
    // Every column beyond the hull at its best constant: nothing is left but the rotation.
    EXPECT_EQ(points.at("5" + std::string(static_cast<std::size_t>(c - 5), '+')).lambda,
              (3 * c - 1) / 2.0);
  }
  EXPECT_EQ(catalogue(3).at("3").lambda, 3.0);
}

TEST(Catalogue, NoLambdaForSquares) {
  for (const auto& [label, point] : catalogue(6)) {
    if (point.k != 4) continue;
    EXPECT_FALSE(point.lambda.has_value()) << label;
    if (point.phi < 4) {
      EXPECT_FALSE(point.twice_differentiable) << label;
      EXPECT_NE(point.lambda_reason.find("C1, not C2"), std::string::npos) << label;
    }
  }
}

TEST(Catalogue, NoLambdaForSaddlesAndKinks) {
  // A dead column beside a positive one: their product has no cost of its own.
  const CriticalPoint saddle = catalogue(7).at("5+");
  EXPECT_EQ(saddle.negative_eigenvalues, 2);
  EXPECT_FALSE(saddle.lambda.has_value());
  EXPECT_NE(saddle.lambda_reason.find("saddle"), std::string::npos);
  const CriticalPoint kink = catalogue(6, 0).at("5");
  EXPECT_FALSE(kink.lambda.has_value());
  EXPECT_NE(kink.lambda_reason.find("kink"), std::string::npos);
  EXPECT_EQ(catalogue(6, 0).at("5+").lambda, 8.5);
}

TEST(Catalogue, NegativeEigenvaluesAreWaysDown) {
  for (int c = 4; c <= 8; ++c) {
    for (const CriticalPoint& point : critical_points(c)) {
      if (point.negative_eigenvalues == 0) continue;
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
          host_population_hessian(point.parameters).matrix);
      double lowest = point.loss;
      for (const double step : {-1e-3, 1e-3}) {
        std::vector<double> moved = point.parameters;
        for (std::size_t i = 0; i < moved.size(); ++i) {
          moved[i] += step * solver.eigenvectors()(static_cast<Eigen::Index>(i), 0);
        }
        lowest = std::min(lowest, host_population_loss(moved));
      }
      EXPECT_LT(lowest, point.loss - 1e-10) << c << ' ' << point.label;
    }
  }
}

TEST(Catalogue, HalfSquaredNorms) {
  const auto points = catalogue(6, 0);
  EXPECT_NEAR(points.at("4+").half_norm2, 2.00347, 5e-6);
  EXPECT_NEAR(points.at("5").half_norm2, 3.62417, 5e-6);
  EXPECT_NEAR(points.at("5+").half_norm2, 3.62764, 5e-6);
  EXPECT_NEAR(points.at("6").half_norm2, 6.37764, 5e-6);
}

TEST(Catalogue, CanonicalOrientation) {
  const std::vector<double> expected{1,  0, -1, 0,  0, 0, 0, 1,        0,
                                     -1, 0, 0,  -2, 0, 0, 0, 1.0 / 12, -0.5};
  EXPECT_EQ(standard_point(phase_code(4, 1, 1), 6, -0.5), expected);
}

TEST(Catalogue, ErrorsSayWhatThereIs) {
  const std::string wrong_label = error_of("7", 6, -1);
  EXPECT_NE(wrong_label.find("`7`"), std::string::npos);
  EXPECT_NE(wrong_label.find("4 with up to 2 '+' and up to 4 '-', 5 with up to 1 '+', 6"),
            std::string::npos)
      << wrong_label;
  for (const char* label : {"5-", "5++", "4+++", "4-----", "3", "6+", "0"}) {
    EXPECT_NE(error_of(label, 6, -1), "") << label;
  }
  EXPECT_NE(error_of("9", 9, -1), "");
  EXPECT_NE(error_of("6", 6, 0.5).find("dead bias"), std::string::npos);
  EXPECT_NE(error_of("6", 6, std::nan("")), "");
  EXPECT_NE(error_of("6", 2, -1).find("3 to 35"), std::string::npos);
  EXPECT_THROW(standard_point(phase_other, 6, -1), std::invalid_argument);
  EXPECT_THROW(critical_points(36), std::invalid_argument);
  EXPECT_NO_THROW(critical_points(32));
}

TEST(Catalogue, SaysWhatIsMissing) {
  for (int c = 3; c <= 8; ++c) EXPECT_TRUE(missing_points(c).empty()) << c;
  for (int c = 9; c <= 40; ++c) {
    const auto sentences = missing_points(c);
    ASSERT_FALSE(sentences.empty()) << c;
    const bool says_none = sentences[0].find("No k = c gon exists") != std::string::npos;
    EXPECT_EQ(says_none, c != 12) << c << ' ' << sentences[0];
  }
}

TEST(Catalogue, LevelsForTheClassifier) {
  const PhaseLevels levels = phase_levels(6);
  ASSERT_EQ(levels.count, 18);
  EXPECT_EQ(levels.level[0].code, phase_code(6, 0, 0));
  EXPECT_NEAR(levels.level[0].loss, 0.04819, 5e-6);
  EXPECT_NEAR(levels.level[0].length, 1.3205263308, 1e-10);
  EXPECT_EQ(phase_levels(8).count, 35);
  for (int c = min_catalogue_features; c < 12; ++c) EXPECT_GT(phase_levels(c).count, 0) << c;
  EXPECT_EQ(phase_levels(11).count, 62);
  EXPECT_EQ(phase_levels(12).count, 72);
  EXPECT_EQ(phase_levels(31).count, 262);
  EXPECT_EQ(phase_levels(max_catalogue_features).count, max_phase_levels);
  EXPECT_THROW(phase_levels(2), std::invalid_argument);
}

TEST(Catalogue, LevelsHaveCodesOfTheirOwn) {
  const PhaseLevels levels = phase_levels(max_catalogue_features);
  std::set<std::string> labels;
  for (int i = 0; i < levels.count; ++i) labels.insert(phase_label(levels.level[i].code));
  EXPECT_EQ(labels.size(), static_cast<std::size_t>(levels.count));
  EXPECT_FALSE(labels.contains("other"));
}

// missing_points() says so in words.
TEST(Catalogue, TheTwelveGonIsASaddle) {
  for (const int c : {12, 13, 20}) {
    const CriticalPoint point = catalogue(c).at("12");
    EXPECT_LE(point.gradient_norm, 1e-10);
    EXPECT_TRUE(point.twice_differentiable);
    EXPECT_LT(eigenvalues(point).minCoeff(), -1e-3);
    EXPECT_GT(point.negative_eigenvalues, 0);
    EXPECT_FALSE(point.lambda.has_value());
    EXPECT_NE(missing_points(c).back().find("The 12-gon is a saddle"), std::string::npos);
  }
}

}  // namespace
}  // namespace kgon::tms
