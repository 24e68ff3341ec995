// What the expansions of all stages read from a study in the same way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/study.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Keys at the top of the study belong to every stage.
bool belongs_to_stage(const Key& key, std::string_view table);

// The study's model. Throws UsageError unless it is one of `compiled`, those of this program.
ModelShape checked_shape(const Study& study, const std::vector<ModelShape>& compiled);

// The levels of the study's phases, none unless hidden = 2. Throws UsageError for a number of
// features whose catalogue does not fit.
tms::PhaseLevels levels_of(const Study& study, const ModelShape& shape);

// Names and values of the keys of KeyScope::study that belong to the stage, for its hash.
std::string study_scope_text(const Study& study, std::string_view table);

}  // namespace kgon
