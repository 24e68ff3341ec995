#include "io/start_points.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/errors.hpp"
#include "io/foreign_points.hpp"
#include "io/sweep.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

// Members are numbered in 31 bits: no study starts from more.
constexpr std::uint64_t max_points = 2147483647;

}  // namespace

std::vector<double> label_point(const Setting& setting, const std::string& label, ModelShape shape,
                                double dead_bias) {
  if (shape.hidden != 2)
    refuse(
        setting,
        fmt::format("the label '{}' is a point of hidden = 2; with hidden = {} {} is {} or a file",
                    label, shape.hidden, setting.key->name, setting.key->choices));
  const auto code = tms::parse_phase_label(label);
  if (!code) refuse(setting, fmt::format("'{}' is no phase label such as 4, 5+ or 4++-", label));
  try {
    return tms::standard_point(*code, shape.features, dead_bias);
  } catch (const std::invalid_argument& error) {
    refuse(setting, error.what());
  }
}

const StartPoint& StartPoints::at(const std::string& init, double dead_bias) {
  // Only a label's point depends on the bias.
  const bool is_label = init != "random" && !init.ends_with(".nc");
  const auto [entry, is_new] = starts_.try_emplace({init, is_label ? dead_bias : 0.0});
  if (is_new) entry->second = make(init, dead_bias);
  return entry->second;
}

StartPoint StartPoints::make(const std::string& init, double dead_bias) const {
  const auto parameters = static_cast<std::size_t>(shape_.parameter_count());
  if (init == "random") return {init, std::vector<double>(parameters, 0.0), false};
  if (init.ends_with(".nc")) return from_file(init);
  StartPoint start;
  start.points = label_point(setting_, init, shape_, dead_bias);
  const PhaseCode code = *tms::parse_phase_label(init);
  start.canonical = tms::phase_label(code);
  start.has_dead_columns = tms::phase_vertices(code) + tms::phase_positive(code) < shape_.features;
  return start;
}

StartPoint StartPoints::from_file(const std::string& path) const {
  StartPoint start;
  start.points = read_foreign_points(path, shape_, max_points);
  const auto parameters = static_cast<std::size_t>(shape_.parameter_count());
  if (start.points.empty() || start.points.size() % parameters != 0)
    throw UnusableFile(fmt::format("{}: holds no points to start from", path));
  for (const double value : start.points)
    if (!std::isfinite(value))
      throw UnusableFile(fmt::format("{}: a point to start from is not finite", path));
  start.canonical = fmt::format(
      "points:{:016x}", XXH3_64bits(start.points.data(), start.points.size() * sizeof(double)));
  return start;
}

}  // namespace kgon
