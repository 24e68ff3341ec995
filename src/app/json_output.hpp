// One JSON document on stdout.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace kgon {

// Indented, with the end of its line. Bytes of file names that are no UTF-8 become U+FFFD: the
// default is to throw, which would come after the work is done.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// JSON has no word for NaN and infinities: null.
inline nlohmann::ordered_json finite_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

// What every document of a stage ends with: where it ran, how long and how fast, of which study, by
// which version, and the result file.
void put_run(nlohmann::ordered_json& json, const std::string& device, double wall_seconds,
             double steps_per_second, const std::string& study_hash, const std::string& path);

}  // namespace kgon
