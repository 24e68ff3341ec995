// Settings that somebody gave and that no cell of the study depends on.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/study.hpp"

namespace kgon {

// A key that does not count everywhere, and where it does.
struct KeyCondition {
  std::string_view name;   // without the table
  std::string_view where;  // completes "it counts for ..."
};

// Collects, while a study is expanded, which of the conditional keys of one table count somewhere.
class SettingUse {
 public:
  // `name` must outlive this object.
  void count(std::string_view name, bool counts) {
    if (counts) counted_.insert(name);
  }

  // A sentence for every one of `conditions` that the study gives a value and nothing counted.
  // table: "" for the top of the study.
  std::vector<std::string> notes(const Study& study, std::string_view table,
                                 std::span<const KeyCondition> conditions) const;

 private:
  std::set<std::string_view> counted_;
};

// The same for the tolerances of phases at the top of a study whose model has none.
std::vector<std::string> unused_tolerances(const Study& study);

}  // namespace kgon
