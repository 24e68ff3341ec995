// The columns that the tables of llc have in common.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/llc_stage.hpp"
#include "app/text_table.hpp"

namespace kgon {

// Sites shown as the rows of a table.
struct LlcRows {
  const LlcPlan& plan;
  const std::vector<LlcEstimate>& estimates;
  std::vector<std::size_t> sites;

  std::vector<std::string> cells(const auto& text_of_site) const {
    std::vector<std::string> texts;
    for (const std::size_t site : sites) texts.push_back(text_of_site(site));
    return texts;
  }
};

// "-" for NaN.
std::string fixed(double value, int digits);
std::string percent_of_one(double fraction);
// Shortest form with four digits: a setting that was given prints as given.
std::string setting_text(double value);

// Adds a column for every setting that differs between the rows; returns the others as a line,
// "n 5000   nbeta 587   gamma 1   langevin".
std::string add_settings(const LlcRows& rows, TextTable& table);

// step, lambda, theory, Gaussian, lambda of the well, R-hat.
void add_estimates(const LlcRows& rows, TextTable& table);

}  // namespace kgon
