#include "io/setting_use.hpp"

#include <fmt/format.h>

namespace kgon {

std::vector<std::string> SettingUse::notes(const Study& study, std::string_view table,
                                           std::span<const KeyCondition> conditions) const {
  std::vector<std::string> notes;
  for (const KeyCondition& condition : conditions) {
    const Setting& setting =
        study.at(fmt::format("{}{}{}", table, table.empty() ? "" : ".", condition.name));
    if (setting.is_default || counted_.contains(condition.name)) continue;
    notes.push_back(
        fmt::format("{}: changes nothing here; it counts for {}", setting.origin, condition.where));
  }
  return notes;
}

std::vector<std::string> unused_tolerances(const Study& study) {
  constexpr std::string_view where = "hidden = 2";
  constexpr KeyCondition tolerances[] = {
      {"phase-vertex", where}, {"phase-length", where}, {"phase-angle", where},
      {"phase-bias", where},   {"phase-loss", where},   {"phase-gradient", where},
  };
  if (study.integer("hidden") == 2) return {};
  return SettingUse().notes(study, "", tolerances);
}

}  // namespace kgon
