#include "io/critical_points_group.hpp"

#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

using tms::CriticalPoint;

// The columns of the group.
class Columns {
 public:
  Columns(GroupDefinition& group, const ModelShape& shape, const std::vector<CriticalPoint>& points)
      : group_(group),
        points_(points),
        features_(static_cast<std::size_t>(shape.features)),
        hidden_(static_cast<std::size_t>(shape.hidden)),
        level_(group.coordinate("level", points.size(), 0,
                                "index of the critical point, in ascending loss")),
        inner_(group.point_coordinates(shape)) {}

  template <class T, class Get>
  int each(const std::string& name, Get get, const std::string& long_name,
           const std::string& units = "1") {
    std::vector<T> values;
    for (const CriticalPoint& point : points_)
      values.push_back(static_cast<T>(std::invoke(get, point)));
    return group_.add(name, {level_}, {points_.size()}, std::move(values), long_name, units);
  }

  void add_parameters() {
    const auto split = static_cast<std::ptrdiff_t>(hidden_ * features_);
    std::vector<double> weights, biases;
    for (const CriticalPoint& point : points_) {
      const auto begin = point.parameters.begin();
      weights.insert(weights.end(), begin, begin + split);
      biases.insert(biases.end(), begin + split, point.parameters.end());
    }
    group_.add("W", {level_, inner_.first, inner_.second}, {points_.size(), hidden_, features_},
               std::move(weights), "weights", "1");
    group_.add("b", {level_, inner_.second}, {points_.size(), features_}, std::move(biases),
               "biases", "1");
  }

 private:
  GroupDefinition& group_;
  const std::vector<CriticalPoint>& points_;
  const std::size_t features_, hidden_;
  const int level_;
  const std::pair<int, int> inner_;  // dimensions hidden and feature
};

PhaseCode code_of(const CriticalPoint& point) {
  return tms::phase_code(point.k, point.sigma, point.phi);
}

double lambda_of(const CriticalPoint& point) {
  return point.lambda.value_or(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

std::unique_ptr<GroupDefinition> define_critical_points(NetcdfFile& file, const ModelShape& shape) {
  if (shape.hidden != 2) return nullptr;
  const std::vector<CriticalPoint> points = tms::critical_points(shape.features);
  auto group = std::make_unique<GroupDefinition>(file, "critical_points");
  group->mark_derived();
  group->put_value(NC_GLOBAL, "dead_bias", tms::catalogue_dead_bias);
  Columns columns(*group, shape, points);
  columns.each<std::string>("label", &CriticalPoint::label, "label of the critical point", "");
  const int phase = columns.each<PhaseCode>("phase", code_of, "code of that label", "");
  group->put_flags(phase, level_flags(tms::phase_levels(shape.features)));
  columns.each<double>("loss", &CriticalPoint::loss, "population loss");
  columns.each<double>("lambda", lambda_of, "local learning coefficient, where the theory has one");
  columns.each<double>("half_norm2", &CriticalPoint::half_norm2, "half the squared norm");
  columns.each<std::int32_t>("hessian_rank", &CriticalPoint::hessian_rank,
                             "rank of the Hessian of the population loss");
  columns.each<std::int32_t>("negative_eigenvalues", &CriticalPoint::negative_eigenvalues,
                             "negative eigenvalues of that Hessian");
  const int smooth = columns.each<std::int8_t>(
      "twice_differentiable", &CriticalPoint::twice_differentiable,
      "the Hessian exists; where not, the mean of those on both sides of the kink stands for it",
      "");
  group->put_text(smooth, "dtype", "bool");
  columns.each<double>("gradient_norm", &CriticalPoint::gradient_norm,
                       "norm of the gradient of the population loss");
  columns.add_parameters();
  return group;
}

}  // namespace kgon
