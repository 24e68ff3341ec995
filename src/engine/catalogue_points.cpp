#include "engine/catalogue_points.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/catalogue_polygon.hpp"

namespace kgon::tms {
namespace {

void require_features(int features) {
  if (features >= min_catalogue_features && features <= max_catalogue_features) return;
  throw std::invalid_argument(
      fmt::format("the catalogue of critical points takes {} to {} features, not {}",
                  min_catalogue_features, max_catalogue_features, features));
}

void require_dead_bias(double dead_bias) {
  if (std::isfinite(dead_bias) && dead_bias <= 0) return;
  throw std::invalid_argument(
      fmt::format("the dead bias must be a number that is 0 or negative, not {}", dead_bias));
}

int most_silent_vertices(int k) {
  return k == 4 ? 4 : 0;
}

std::vector<int> vertex_counts(int features) {
  require_features(features);
  // Below a square a further feature would rather take a direction of its own; with three
  // features there is none left.
  if (features == 3) return {3};
  std::vector<int> counts;
  for (int k = 4; k <= features; ++k) {
    if (solve_polygon(k)) counts.push_back(k);
  }
  return counts;
}

void set_vertex(std::vector<double>& parameters, int features, int j, int k,
                const PolygonSolution& gon) {
  const auto column = static_cast<std::size_t>(j);
  const auto stride = static_cast<std::size_t>(features);
  const auto direction = turn_direction<double>(j, k);
  parameters[column] = gon.length * direction[0];
  parameters[stride + column] = gon.length * direction[1];
  parameters[2 * stride + column] = gon.bias;
}

}  // namespace

double positive_column_bias(int features) {
  return 1.0 / (2.0 * features);
}

std::vector<PhaseCode> catalogue_codes(int features) {
  std::vector<PhaseCode> codes;
  for (const int k : vertex_counts(features)) {
    for (int sigma = 0; sigma <= features - k; ++sigma) {
      for (int phi = 0; phi <= most_silent_vertices(k); ++phi) {
        codes.push_back(phase_code(k, sigma, phi));
      }
    }
  }
  return codes;
}

std::string describe_labels(int features) {
  std::vector<std::string> clauses;
  for (const int k : vertex_counts(features)) {
    std::string clause = std::to_string(k);
    if (features > k) clause += fmt::format(" with up to {} '+'", features - k);
    if (most_silent_vertices(k) > 0) {
      clause +=
          fmt::format(" {} up to {} '-'", features > k ? "and" : "with", most_silent_vertices(k));
    }
    clauses.push_back(clause);
  }
  return fmt::format("{}", fmt::join(clauses, ", "));
}

std::vector<double> standard_point(PhaseCode code, int features, double dead_bias) {
  require_dead_bias(dead_bias);
  const std::vector<PhaseCode> codes = catalogue_codes(features);
  if (std::find(codes.begin(), codes.end(), code) == codes.end()) {
    throw std::invalid_argument(
        fmt::format("`{}` is no critical point of the catalogue for {} features, which has {}",
                    phase_label(code), features, describe_labels(features)));
  }
  const int k = phase_vertices(code);
  const PolygonSolution gon = solve_polygon(k).value();
  std::vector<double> parameters(static_cast<std::size_t>(3 * features), 0.0);
  for (int j = 0; j < k; ++j) set_vertex(parameters, features, j, k, gon);
  const auto biases = parameters.begin() + 2 * features;
  const auto columns = biases + k;
  std::fill_n(biases, phase_negative(code), silent_vertex_bias);
  std::fill_n(columns, phase_positive(code), positive_column_bias(features));
  std::fill(columns + phase_positive(code), parameters.end(), dead_bias);
  return parameters;
}

}  // namespace kgon::tms
