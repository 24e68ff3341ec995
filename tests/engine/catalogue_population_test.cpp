#include "engine/catalogue_population.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/population.hpp"
#include "support/worse.hpp"

namespace kgon::tms {
namespace {

std::vector<double> random_point(int features, std::mt19937_64& source, int hidden = 2) {
  std::normal_distribution<double> weight(0.0, 1.0), bias(0.0, 0.5);
  std::vector<double> point;
  for (int i = 0; i < hidden * features; ++i) point.push_back(weight(source));
  for (int i = 0; i < features; ++i) point.push_back(bias(source));
  return point;
}

// Lemma 3.1 of arXiv 2310.06301, letter by letter.
double lemma_3_1(const std::vector<double>& w) {
  const std::size_t c = w.size() / 3;
  double h = 0;
  for (std::size_t i = 0; i < c; ++i) {
    const double b = w[2 * c + i];
    const double l2 = w[i] * w[i] + w[c + i] * w[c + i];
    const double n = (1 - l2) * (1 - l2) - 3 * (1 - l2) * b + 3 * b * b;
    for (std::size_t j = 0; j < c; ++j) {
      if (j == i) continue;
      const double a = w[i] * w[j] + w[c + i] * w[c + j];
      if (b <= 0) {
        if (a > 0 && -a <= b) h += std::pow(a + b, 3) / a;
      } else {
        h += -a > b ? -b * b * b / a : a * a + 3 * a * b + 3 * b * b;
      }
    }
    if (b > 0) {
      h += n;
    } else if (l2 > 0 && -l2 <= b) {
      h += b * b * b / (l2 * l2) + b * b * b / l2 + n;
    } else {
      h += 1;
    }
  }
  return h / (3 * static_cast<double>(c));
}

std::vector<double> moved(std::vector<double> point, std::size_t entry, double by) {
  point[entry] += by;
  return point;
}

TEST(HostPopulation, LossIsLemma31) {
  std::mt19937_64 source(20231006);
  for (int round = 0; round < 2000; ++round) {
    const auto point = random_point(4 + round % 5, source);
    const double expected = lemma_3_1(point);
    ASSERT_NEAR(host_population_loss(point), expected, 1e-12 * std::max(1.0, expected)) << round;
  }
}

TEST(HostPopulation, GradientIsTheLossDifferentiated) {
  std::mt19937_64 source(7);
  const double h = 1e-5;
  for (int round = 0; round < 200; ++round) {
    const auto point = random_point(3 + round % 6, source);
    const auto gradient = host_population_gradient(point);
    for (std::size_t k = 0; k < point.size(); ++k) {
      const double difference =
          (host_population_loss(moved(point, k, h)) - host_population_loss(moved(point, k, -h))) /
          (2 * h);
      ASSERT_NEAR(gradient[k], difference, 1e-7 * std::max(1.0, std::abs(difference)))
          << round << ' ' << k;
    }
  }
}

// Largest difference between the closed form and central differences of the gradient.
double hessian_error(const std::vector<double>& point, double h, int hidden = 2) {
  const PopulationHessian hessian = host_population_hessian(point, hidden);
  double worst = 0;
  for (std::size_t k = 0; k < point.size(); ++k) {
    const auto above = host_population_gradient(moved(point, k, h), hidden);
    const auto below = host_population_gradient(moved(point, k, -h), hidden);
    for (std::size_t m = 0; m < point.size(); ++m) {
      const double difference = (above[m] - below[m]) / (2 * h);
      const double entry =
          hessian.matrix(static_cast<Eigen::Index>(m), static_cast<Eigen::Index>(k));
      worst = test::worse(worst, std::abs(entry - difference));
    }
  }
  return worst;
}

TEST(HostPopulation, HessianIsTheGradientDifferentiated) {
  for (int features = 3; features <= 8; ++features) {
    for (const CriticalPoint& point : critical_points(features)) {
      // Biases of 0 make triangles C2 but not C3 and squares C1: the error is of first order in h.
      const double bound = point.k > 4 ? 1e-8 : 1e-4;
      EXPECT_LE(hessian_error(point.parameters, 1e-5), bound) << features << ' ' << point.label;
    }
  }
}

TEST(HostPopulation, HessianAtRandomPoints) {
  std::mt19937_64 source(11);
  int exact = 0;
  for (int round = 0; round < 100; ++round) {
    const auto point = random_point(6, source);
    EXPECT_TRUE(host_population_hessian(point).twice_differentiable);
    if (hessian_error(point, 1e-6) < 1e-6) ++exact;
  }
  // A kink of the second derivative within 1e-6 of a random point is rare, but no error.
  EXPECT_GE(exact, 97);
}

// The loss and gradient are those of the model's own closed form.
TEST(HostPopulation, OtherHiddenDimensions) {
  std::mt19937_64 source(13);
  int exact = 0;
  for (int round = 0; round < 100; ++round) {
    const auto point = random_point(6, source, 3);
    double gradient[24];
    const double loss = PopulationLoss<double, 3, 6>{}(point.data(), gradient);
    EXPECT_NEAR(host_population_loss(point, 3), loss, 1e-12 * loss);
    const auto found = host_population_gradient(point, 3);
    for (std::size_t k = 0; k < 24; ++k)
      EXPECT_NEAR(found[k], gradient[k], 1e-11 * std::max(1.0, std::abs(gradient[k])));
    if (hessian_error(point, 1e-6, 3) < 1e-6) ++exact;
  }
  EXPECT_GE(exact, 97);
}

TEST(HostPopulation, KnowsItsChamberBoundaries) {
  EXPECT_FALSE(
      host_population_hessian(standard_point(phase_code(4, 0, 0), 4, -1)).twice_differentiable);
  EXPECT_TRUE(
      host_population_hessian(standard_point(phase_code(5, 0, 0), 6, -1)).twice_differentiable);
  EXPECT_FALSE(
      host_population_hessian(standard_point(phase_code(5, 0, 0), 6, 0)).twice_differentiable);
}

TEST(HostPopulation, RefusesOddSizes) {
  EXPECT_THROW(host_population_loss({}), std::invalid_argument);
  EXPECT_THROW(host_population_gradient({1, 2, 3, 4}), std::invalid_argument);
  EXPECT_THROW(host_population_hessian({1, 2}), std::invalid_argument);
  EXPECT_THROW(host_population_loss({1, 2, 3}, 3), std::invalid_argument);
  EXPECT_THROW(host_population_loss(std::vector<double>(10), 9), std::invalid_argument);
  EXPECT_THROW(host_population_loss({1}, 0), std::invalid_argument);
  EXPECT_THROW(host_population_loss({1}, -1), std::invalid_argument);
}

}  // namespace
}  // namespace kgon::tms
