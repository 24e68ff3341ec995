#include "kgon/model/tms/phase.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kgon::tms {
namespace {

TEST(PhaseCode, FieldsComeBackAndCodesDiffer) {
  std::set<PhaseCode> codes{phase_other};
  for (int k = 0; k <= max_phase_field; ++k) {
    for (int sigma = 0; sigma <= max_phase_field; ++sigma) {
      for (int phi = 0; phi <= max_phase_field; ++phi) {
        const PhaseCode code = phase_code(k, sigma, phi);
        ASSERT_EQ(phase_vertices(code), k);
        ASSERT_EQ(phase_positive(code), sigma);
        ASSERT_EQ(phase_negative(code), phi);
        codes.insert(code);
      }
    }
  }
  EXPECT_EQ(codes.size(), 32u * 32 * 32 + 1);
}

}  // namespace
}  // namespace kgon::tms
