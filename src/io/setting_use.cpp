#include "io/setting_use.hpp"

#include <fmt/format.h>

namespace kgon {

std::vector<std::string> SettingUse::notes(const Study& study, std::string_view table,
                                           std::span<const KeyCondition> conditions) const {
  std::vector<std::string> notes;
  for (const KeyCondition& condition : conditions) {
    const Setting& setting = study.at(fmt::format("{}.{}", table, condition.name));
    if (setting.is_default || counted_.contains(condition.name)) continue;
    notes.push_back(
        fmt::format("{}: changes nothing here; it counts for {}", setting.origin, condition.where));
  }
  return notes;
}

}  // namespace kgon
