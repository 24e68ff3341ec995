// Estimates with a standard error beside what is exact.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "engine/sample_estimate.hpp"
#include "support/statistics.hpp"

namespace kgon::test {

inline void expect_within(const Estimate& estimate, double truth) {
  ASSERT_GT(estimate.se, 0);
  EXPECT_LT(std::abs(estimate.value - truth), z_bound * estimate.se)
      << estimate.value << " +- " << estimate.se << ", exactly " << truth;
}

}  // namespace kgon::test
