// What a sample stage says about itself: JSON for programs, a table for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/sample_stage.hpp"

namespace kgon {

// Runs beyond these are left out of the JSON document, or of the table, and only counted.
inline constexpr std::size_t max_json_runs = 10'000;
inline constexpr std::size_t max_table_runs = 200;

// {"runs":[...],"crossings":[...],"digest",...}: the fields of the design and more; what is not
// finite is null.
nlohmann::ordered_json sample_json(const SampleStage& stage, const SampleOutcome& outcome,
                                   const std::string& path);
// A line per run with its phases, then the crossings and what there is to doubt.
std::string sample_table(const SampleStage& stage, const SampleOutcome& outcome,
                         const std::string& path);

// The same before anything is computed; the text is comments of a study file.
nlohmann::ordered_json sample_dry_run_json(const SampleStage& stage);
std::string sample_dry_run_lines(const SampleStage& stage);

}  // namespace kgon
