// The oracle of the ensemble statistics has to be right by itself.
#include "support/scalar_reference.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/catalogue_population.hpp"
#include "kgon/engine/catalogue.hpp"

namespace {

using namespace scalar_reference;

TEST(ScalarReference, GradientIsTheLossDifferentiated) {
  std::mt19937_64 source(3);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 300; ++round) {
    std::vector<double> w(18);
    for (double& entry : w) entry = normal(source);
    const Sample sample = draw_samples(6, 1, source)[0];
    std::vector<double> gradient(w.size(), 0.0);
    add_sample_gradient(w, sample, gradient);
    for (std::size_t p = 0; p < w.size(); ++p) {
      std::vector<double> above = w, below = w;
      above[p] += 1e-6;
      below[p] -= 1e-6;
      const double difference = (sample_loss(above, sample) - sample_loss(below, sample)) / 2e-6;
      ASSERT_NEAR(gradient[p], difference, 1e-6 * std::max(1.0, std::abs(difference))) << round;
    }
  }
}

TEST(ScalarReference, MeanLossIsThePopulationLoss) {
  std::mt19937_64 source(5);
  const auto point = kgon::tms::standard_point(kgon::tms::phase_code(5, 1, 0), 6, -1);
  const std::size_t count = 200000;
  double sum = 0, squares = 0;
  for (const Sample& sample : draw_samples(6, count, source)) {
    const double loss = sample_loss(point, sample);
    sum += loss;
    squares += loss * loss;
  }
  const double n = static_cast<double>(count);
  const double error = std::sqrt((squares / n - sum / n * sum / n) / n);
  EXPECT_NEAR(sum / n, kgon::tms::host_population_loss(point), 4.5 * error);
}

TEST(ScalarReference, DescendsFromTheSquare) {
  const auto start = kgon::tms::standard_point(kgon::tms::phase_code(4, 0, 0), 6, 0);
  const auto end = scalar_sgd_trajectory(6, start, 0.01, 1000, 20, 0.005, 200, 1);
  EXPECT_LT(kgon::tms::host_population_loss(end), kgon::tms::host_population_loss(start));
  EXPECT_EQ(end, scalar_sgd_trajectory(6, start, 0.01, 1000, 20, 0.005, 200, 1));
  EXPECT_NE(end, scalar_sgd_trajectory(6, start, 0.01, 1000, 20, 0.005, 200, 2));
}

TEST(ScalarReference, RefusesWhatItCannotDo) {
  EXPECT_THROW(scalar_sgd_trajectory(6, {1, 2}, 0, 10, 5, 0.1, 1, 1), std::invalid_argument);
  EXPECT_THROW(scalar_sgd_trajectory(1, {1, 1, 1}, 0, 10, 3, 0.1, 1, 1), std::invalid_argument);
}

}  // namespace
