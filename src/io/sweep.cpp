#include "io/sweep.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "io/usage_error.hpp"

namespace kgon {

void refuse(const Setting& setting, const std::string& what) {
  throw UsageError(fmt::format("{}: {}", setting.origin, what));
}

const Setting& blamed(const Setting& first, const Setting& second) {
  return first.is_default && !second.is_default ? second : first;
}

Sweep::Sweep(const Study& study, std::string_view table) {
  for (const Setting& setting : study.settings())
    if (setting.key->table == table && setting.key->sweepable) axes_.push_back({&setting, 0});
}

std::uint64_t Sweep::size(std::uint64_t limit) const {
  std::uint64_t points = 1;
  for (const Axis& axis : axes_) {
    const std::uint64_t values = axis.setting->values.size();
    if (values > limit / points)
      refuse(*axis.setting, fmt::format("the lists multiply into more than {} cells", limit));
    points *= values;
  }
  return points;
}

bool Sweep::advance() {
  for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
    if (++axis->index < axis->setting->values.size()) return true;
    axis->index = 0;
  }
  return false;
}

const Value& Sweep::value(std::string_view name) const {
  const Axis& found = axis(name);
  return found.setting->values[found.index];
}

const Sweep::Axis& Sweep::axis(std::string_view name) const {
  for (const Axis& axis : axes_)
    if (axis.setting->key->name == name) return axis;
  throw std::logic_error(fmt::format("no sweepable key '{}'", name));
}

}  // namespace kgon
