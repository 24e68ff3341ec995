#include <gtest/gtest.h>

#include "kgon/engine/catalogue.hpp"

namespace kgon::tms {
namespace {

TEST(PhaseLabels, WriteVerticesThenSigns) {
  EXPECT_EQ(phase_label(phase_code(6, 0, 0)), "6");
  EXPECT_EQ(phase_label(phase_code(5, 1, 0)), "5+");
  EXPECT_EQ(phase_label(phase_code(4, 2, 1)), "4++-");
  EXPECT_EQ(phase_label(phase_code(12, 0, 3)), "12---");
  EXPECT_EQ(phase_label(phase_code(0, 0, 0)), "0");
  EXPECT_EQ(phase_label(phase_other), "other");
}

TEST(PhaseLabels, ParsingInvertsEveryCode) {
  for (int code = 0; code <= 32767; code += code < 2048 ? 1 : 31) {
    const auto parsed = parse_phase_label(phase_label(static_cast<PhaseCode>(code)));
    ASSERT_TRUE(parsed.has_value()) << code;
    ASSERT_EQ(*parsed, code);
  }
}

TEST(PhaseLabels, StrictAboutEverythingElse) {
  for (const char* text :
       {"",      "+",  "-",  "04", "00",  "4-+",        "4+-+", " 4",   "4 ",  "4.",    "four",
        "other", "-4", "+4", "32", "132", "4294967300", "4x",   "4+ -", "4\n", "random"}) {
    EXPECT_FALSE(parse_phase_label(text).has_value()) << '"' << text << '"';
  }
  EXPECT_TRUE(parse_phase_label("31" + std::string(31, '+') + std::string(31, '-')).has_value());
  EXPECT_FALSE(parse_phase_label("4" + std::string(32, '+')).has_value());
  EXPECT_FALSE(parse_phase_label("4" + std::string(100000, '-')).has_value());
}

}  // namespace
}  // namespace kgon::tms
