// `kgon critical-points`: the catalogue of standard k-gons as a table or as JSON.
#pragma once

#include <functional>
#include <string>

#include "kgon/engine/catalogue.hpp"

namespace CLI {
class App;
}

namespace kgon {

struct CriticalPointsOptions {
  int features = 6;                             // 3..35
  double dead_bias = tms::catalogue_dead_bias;  // 0 or negative
  bool json = false;
};

// Adds the subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_critical_points(CLI::App& app, std::function<int()>& action);

// What goes to stdout: the table with its notes, or one JSON document; ends with a newline.
// Throws std::invalid_argument with one sentence for options out of range.
std::string critical_points_report(const CriticalPointsOptions& options);

}  // namespace kgon
