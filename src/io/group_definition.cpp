#include "io/group_definition.hpp"

#include <algorithm>
#include <limits>

#include "kgon/core/status.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {

Flags<PhaseCode> level_flags(const tms::PhaseLevels& levels) {
  Flags<PhaseCode> flags;
  flags.add(phase_other, "other");
  for (int i = 0; i < levels.count; ++i) {
    const PhaseCode code = levels.level[i].code;
    flags.add(code, tms::phase_label(code));
  }
  return flags;
}

Flags<PhaseCode> hull_flags(int features) {
  Flags<PhaseCode> flags;
  flags.add(phase_other, "other");
  for (int k = 0; k <= features; ++k) {
    for (int sigma = 0; sigma <= features; ++sigma) {
      const PhaseCode code = tms::phase_code(k, sigma, 0);
      flags.add(code, tms::phase_label(code));
    }
  }
  return flags;
}

void add_status_flags(Flags<std::int8_t>& flags) {
  flags.add(static_cast<std::int8_t>(MemberStatus::ok), "ok");
  flags.add(static_cast<std::int8_t>(MemberStatus::non_finite), "non_finite");
  flags.add(static_cast<std::int8_t>(MemberStatus::diverged), "diverged");
}

GroupDefinition::GroupDefinition(NetcdfFile& file, const std::string& name)
    : file_(file), group_(file.define_group(name)) {}

int GroupDefinition::define(const std::string& name, nc_type type,
                            const std::vector<int>& dimensions, const std::string& long_name,
                            const std::string& units) {
  const int variable = file_.define_variable(group_, name, type, dimensions);
  put_text(variable, "long_name", long_name);
  if (!units.empty()) put_text(variable, "units", units);
  if (type == NC_FLOAT) put_value(variable, "_FillValue", std::numeric_limits<float>::quiet_NaN());
  if (type == NC_DOUBLE)
    put_value(variable, "_FillValue", std::numeric_limits<double>::quiet_NaN());
  return variable;
}

int GroupDefinition::define_boolean(const std::string& name, const std::vector<int>& dimensions,
                                    const std::string& long_name) {
  const int variable = define(name, NC_BYTE, dimensions, long_name);
  put_text(variable, "dtype", "bool");
  return variable;
}

void GroupDefinition::for_each_piece(std::size_t length,
                                     const std::function<void(std::size_t, std::size_t)>& visit) {
  constexpr std::size_t at_once = 1 << 16;
  for (std::size_t first = 0; first < length; first += at_once)
    visit(first, std::min(at_once, length - first));
}

int GroupDefinition::coordinate(const std::string& name, std::size_t length, std::uint64_t first,
                                const std::string& long_name) {
  const int dimension = file_.define_dimension(group_, name, length);
  add_each<std::int64_t>(
      name, dimension, length, [first](std::size_t i) { return first + i; }, long_name);
  return dimension;
}

int GroupDefinition::phase_coordinate(const std::string& name, const std::vector<PhaseCode>& codes,
                                      const std::string& long_name) {
  const int dimension = file_.define_dimension(group_, name, codes.size());
  Flags<PhaseCode> flags;
  std::vector<std::string> labels;
  for (const PhaseCode code : codes) {
    labels.push_back(tms::phase_label(code));
    flags.add(code, labels.back());
  }
  put_flags(add(name, {dimension}, {codes.size()}, codes, long_name), flags);
  add(name + "_label", {dimension}, {codes.size()}, std::move(labels), long_name);
  return dimension;
}

std::pair<int, int> GroupDefinition::point_coordinates(const ModelShape& shape) {
  const int hidden = coordinate("hidden", static_cast<std::size_t>(shape.hidden), 0,
                                "index of the hidden dimension, a row of W");
  const int feature = coordinate("feature", static_cast<std::size_t>(shape.features), 0,
                                 "index of the feature, a column of W");
  return {hidden, feature};
}

void GroupDefinition::finish(GroupDefinition* earlier) {
  file_.end_definitions();
  if (earlier != nullptr) earlier->write();
  write();
}

void GroupDefinition::write() {
  for (const auto& write : later_) write();
}

}  // namespace kgon
