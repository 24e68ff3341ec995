#include "io/stage_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "io/sweep.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {

bool belongs_to_stage(const Key& key, std::string_view table) {
  return key.table.empty() || key.table == table;
}

ModelShape checked_shape(const Study& study, const std::vector<ModelShape>& compiled) {
  const ModelShape shape{static_cast<int>(study.integer("hidden")),
                         static_cast<int>(study.integer("features"))};
  if (std::find(compiled.begin(), compiled.end(), shape) != compiled.end()) return shape;
  std::vector<std::string> names;
  for (const ModelShape& model : compiled)
    names.push_back(fmt::format("{}x{}", model.hidden, model.features));
  const std::string list = fmt::format("{}", fmt::join(names, ";"));
  refuse(blamed(study.at("features"), study.at("hidden")),
         fmt::format(
             "the model {0}x{1} (hidden x features) is not compiled in; this program has {2}; "
             "add it with: cmake --preset PRESET -DKGON_MODELS=\"{2};{0}x{1}\" -DKGON_TESTS=OFF && "
             "cmake --build --preset PRESET --target kgon, PRESET being cpu-release or "
             "cuda-release",
             shape.hidden, shape.features, list));
}

tms::PhaseLevels levels_of(const Study& study, const ModelShape& shape) {
  if (shape.hidden != 2) return {};
  try {
    tms::PhaseLevels levels = tms::phase_levels(shape.features);
    levels.tolerance = {study.real("phase-vertex"), study.real("phase-length"),
                        study.real("phase-angle"),  study.real("phase-bias"),
                        study.real("phase-loss"),   study.real("phase-gradient")};
    return levels;
  } catch (const std::invalid_argument& error) {
    refuse(study.at("features"), error.what());
  }
}

std::string study_scope_text(const Study& study, std::string_view table) {
  std::string text;
  for (const Setting& setting : study.settings()) {
    if (!belongs_to_stage(*setting.key, table) || setting.key->scope != KeyScope::study) continue;
    text += fmt::format("{}=", setting.key->full_name());
    for (const Value& value : setting.values) text += value_text(value) + ",";
    text += "\n";
  }
  return text;
}

}  // namespace kgon
