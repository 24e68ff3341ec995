// Which labels the catalogue has for a number of features: shared by its parts and its tests.
#pragma once

#include <vector>

#include "kgon/engine/catalogue.hpp"

namespace kgon::tms {

// A phase code holds 0..31 positive biases, and a 4-gon leaves features - 4 columns for them.
inline constexpr int min_catalogue_features = 3;
inline constexpr int max_catalogue_features = 4 + max_phase_field;

// The biases of a vertex whose output is always silent, and of the zero columns whose output is
// the best constant: 1 / (2 features).
inline constexpr double silent_vertex_bias = -2.0;
double positive_column_bias(int features);

// Every label of the catalogue, by k, sigma, phi. 4 <= k <= features where a k-gon exists,
// sigma <= features - k, phi <= 4 for k = 4 and 0 otherwise; for 3 features only the 3-gon, whose
// loss is 0. Throws std::invalid_argument outside of 3..35 features.
std::vector<PhaseCode> catalogue_codes(int features);

// The same as one clause, e.g. "4 with up to 2 '+' and up to 4 '-', 5 with up to 1 '+', 6".
std::string describe_labels(int features);

}  // namespace kgon::tms
