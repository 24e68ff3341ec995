// What an llc stage says about itself: JSON for programs, a table for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/llc_stage.hpp"

namespace kgon {

// Points beyond these are left out of the JSON document and only counted.
inline constexpr std::size_t max_json_points = 10'000;
// Tables with more points are summed up by label and phase.
inline constexpr std::size_t max_table_points = 40;

// {"points":[...],"digest",...}: the fields of the design and more; NaN is null.
nlohmann::ordered_json llc_json(const LlcStage& stage, const LlcOutcome& outcome,
                                const std::string& path);
// A line per point, the reasons of verdicts and the failed chains under it; for many points their
// medians and quartiles; for a calibration a table per point with the cell to take.
std::string llc_table(const LlcStage& stage, const LlcOutcome& outcome, const std::string& path);

// The same before anything is computed; the text is comments of a study file.
nlohmann::ordered_json llc_dry_run_json(const LlcStage& stage);
std::string llc_dry_run_lines(const LlcStage& stage);

}  // namespace kgon
