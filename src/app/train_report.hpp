// What a train stage says about itself: JSON for programs, a table for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/train_stage.hpp"

namespace kgon {

// {"cells":[...],"digest",...}: the fields of the design and more.
nlohmann::ordered_json train_json(const TrainStage& stage, const TrainOutcome& outcome,
                                  const std::string& path);
// At most 100 columns wide.
std::string train_table(const TrainStage& stage, const TrainOutcome& outcome,
                        const std::string& path);

// The same before anything is computed; the text is comments of a study file.
nlohmann::ordered_json dry_run_json(const TrainStage& stage);
std::string dry_run_lines(const TrainStage& stage);

}  // namespace kgon
