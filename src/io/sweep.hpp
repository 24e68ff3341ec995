// The product of a study's lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/study.hpp"

namespace kgon {

// Throws UsageError that points to where the setting was written.
[[noreturn]] void refuse(const Setting& setting, const std::string& what);

// Where to point when two keys do not fit together: the one that somebody wrote.
const Setting& blamed(const Setting& first, const Setting& second);

// Runs through the product of the lists of the sweepable keys of one table, which it names without
// the table, in the order of the table of keys, the last key fastest. `study` must live longer.
class Sweep {
 public:
  Sweep(const Study& study, std::string_view table);

  // Number of points. Throws UsageError where it passes `limit`.
  std::uint64_t size(std::uint64_t limit) const;

  // To the next point; false, and back at the first, after the last.
  bool advance();

  // At the present point; std::logic_error for a name that does not sweep.
  const Value& value(std::string_view name) const;
  const std::string& text(std::string_view name) const {
    return std::get<std::string>(value(name));
  }
  double real(std::string_view name) const { return std::get<double>(value(name)); }
  std::int64_t integer(std::string_view name) const { return std::get<std::int64_t>(value(name)); }

  const Setting& setting(std::string_view name) const { return *axis(name).setting; }

 private:
  struct Axis {
    const Setting* setting;
    std::size_t index;
  };

  const Axis& axis(std::string_view name) const;

  std::vector<Axis> axes_;
};

}  // namespace kgon
