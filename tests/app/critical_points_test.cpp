#include "app/critical_points.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace kgon {
namespace {

nlohmann::json report_json(int features) {
  return nlohmann::json::parse(critical_points_report({features, -1.0, true}));
}

TEST(CriticalPointsCommand, JsonHasTheFixedFields) {
  const auto json = report_json(6);
  EXPECT_EQ(json.at("features"), 6);
  ASSERT_EQ(json.at("points").size(), 18u);
  for (const auto& point : json.at("points")) {
    for (const char* field : {"label", "loss", "lambda", "hessian_rank", "negative_eigenvalues",
                              "gradient_norm", "half_norm2", "length", "bias", "lambda_reason"}) {
      EXPECT_TRUE(point.contains(field)) << field;
    }
    EXPECT_EQ(point.at("W").size(), 2u);
    EXPECT_EQ(point.at("W")[1].size(), 6u);
    EXPECT_EQ(point.at("b").size(), 6u);
  }
  EXPECT_EQ(json["points"][0]["label"], "6");
  EXPECT_EQ(json["points"][0]["lambda"], 8.5);
  EXPECT_TRUE(json["points"][5]["lambda"].is_null());
}

TEST(CriticalPointsCommand, JsonSaysWhatIsMissing) {
  EXPECT_TRUE(report_json(6).at("missing").empty());
  EXPECT_FALSE(report_json(9).at("missing").empty());
}

TEST(CriticalPointsCommand, TableFitsAHundredColumns) {
  for (const int features : {3, 6, 12}) {
    std::istringstream lines(critical_points_report({features, -1.0, false}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(CriticalPointsCommand, TableEndsWithWhatIsMissing) {
  const std::string report = critical_points_report({10, -1.0, false});
  EXPECT_NE(report.find("No k = c gon exists for 10 features"), std::string::npos);
}

TEST(CriticalPointsCommand, RefusesWrongOptions) {
  EXPECT_THROW(critical_points_report({2, -1.0, false}), std::invalid_argument);
  EXPECT_THROW(critical_points_report({36, -1.0, true}), std::invalid_argument);
  EXPECT_THROW(critical_points_report({6, 0.5, true}), std::invalid_argument);
}

TEST(CriticalPointsCommand, ParsingSetsTheAction) {
  CLI::App app;
  std::function<int()> action;
  setup_critical_points(app, action);
  app.parse("critical-points --features 4 --dead-bias -0.5 --json");
  ASSERT_TRUE(action);
  testing::internal::CaptureStdout();
  EXPECT_EQ(action(), 0);
  const auto json = nlohmann::json::parse(testing::internal::GetCapturedStdout());
  EXPECT_EQ(json.at("features"), 4);
  EXPECT_EQ(json.at("dead_bias"), -0.5);
  EXPECT_THROW(app.parse("critical-points --features four"), CLI::ParseError);
}

}  // namespace
}  // namespace kgon
