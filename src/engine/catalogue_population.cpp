#include "engine/catalogue_population.hpp"

#include <array>
#include <stdexcept>

#include "kgon/model/tms/population_term.hpp"

namespace kgon::tms {
namespace {

using Index = std::size_t;

constexpr int max_hidden = 8;

// Read access to W and b in the flat layout.
class PointView {
 public:
  PointView(const std::vector<double>& parameters, int hidden)
      : data_(parameters.data()), hidden_(static_cast<Index>(hidden)) {
    if (hidden < 1 || hidden > max_hidden)
      throw std::invalid_argument("a point of TMS has 1 to 8 hidden dimensions");
    features_ = parameters.size() / (hidden_ + 1);
    if (parameters.empty() || parameters.size() % (hidden_ + 1) != 0)
      throw std::invalid_argument("a point of TMS has (hidden + 1) x features parameters");
  }
  Index hidden() const { return hidden_; }
  Index features() const { return features_; }
  double weight(Index row, Index column) const { return data_[row * features_ + column]; }
  double bias(Index column) const { return data_[hidden_ * features_ + column]; }
  double dot(Index i, Index j) const {
    double sum = 0;
    for (Index row = 0; row < hidden_; ++row) sum += weight(row, i) * weight(row, j);
    return sum;
  }
  PairTerm<double> term(Index i, Index j) const {
    const double a = dot(i, j);
    return population_term(a, i == j ? a - 1.0 : a, bias(j), i == j);
  }

 private:
  const double* data_;
  Index hidden_, features_ = 0;
};

// Second derivatives of one pair's term by (a_ij, b_j).
struct PairCurvature {
  double by_dot_dot = 0;
  double by_dot_bias = 0;
  double by_bias_bias = 0;
};

PairCurvature firing_on(double low, double high) {
  const double m0 = high - low;
  const double m1 = (high * high - low * low) / 2;
  const double m2 = (high * high * high - low * low * low) / 3;
  return {2 * m2, 2 * m1, 2 * m0};
}

// The residual is continuous where the unit switches, so the moving end of the firing interval
// only enters the second derivatives, with the residual -mu that i = j leaves there.
PairCurvature pair_curvature(double dot, double bias, bool same) {
  if (dot == 0.0) {
    if (bias > 0.0) return firing_on(0.0, 1.0);
    if (bias < 0.0 || same) return {};
    const PairCurvature firing = firing_on(0.0, 1.0);  // on the boundary: mean with silence
    return {firing.by_dot_dot / 2, firing.by_dot_bias / 2, firing.by_bias_bias / 2};
  }
  const double crossing = clamp_unit(-bias / dot);
  PairCurvature curvature = dot > 0.0 ? firing_on(crossing, 1.0) : firing_on(0.0, crossing);
  if (same && crossing < 1.0) {
    const double end = 2 * crossing / dot;
    curvature.by_bias_bias -= end;
    curvature.by_dot_bias -= end * crossing;
    curvature.by_dot_dot -= end * crossing * crossing;
  }
  return curvature;
}

// The parameters that one pair touches, with the gradient of a_ij by them.
struct PairSlots {
  int count = 0;
  std::array<Index, 1 + 2 * max_hidden> index{};
  std::array<double, 1 + 2 * max_hidden> dot_gradient{};

  void add(Index parameter, double derivative) {
    index[static_cast<Index>(count)] = parameter;
    dot_gradient[static_cast<Index>(count)] = derivative;
    ++count;
  }
};

PairSlots pair_slots(const PointView& point, Index i, Index j) {
  const Index c = point.features();
  PairSlots slots;
  slots.add(point.hidden() * c + j, 0.0);  // the bias comes first: add_pair knows it by its place
  for (Index row = 0; row < point.hidden(); ++row) {
    if (i == j) {
      slots.add(row * c + i, 2 * point.weight(row, i));
    } else {
      slots.add(row * c + i, point.weight(row, j));
      slots.add(row * c + j, point.weight(row, i));
    }
  }
  return slots;
}

// Adds the chain rule's T_aa da da' + T_ab (da db' + db da') + T_bb db db' + T_a d2a of a pair.
void add_pair(const PointView& point, Index i, Index j, Eigen::MatrixXd& matrix) {
  const PairCurvature curvature = pair_curvature(point.dot(i, j), point.bias(j), i == j);
  const PairSlots slots = pair_slots(point, i, j);
  const auto count = static_cast<Index>(slots.count);
  for (Index p = 0; p < count; ++p) {
    for (Index q = 0; q < count; ++q) {
      const double db_p = p == 0 ? 1.0 : 0.0;
      const double db_q = q == 0 ? 1.0 : 0.0;
      const double da_p = slots.dot_gradient[p];
      const double da_q = slots.dot_gradient[q];
      matrix(static_cast<Eigen::Index>(slots.index[p]),
             static_cast<Eigen::Index>(slots.index[q])) +=
          curvature.by_dot_dot * da_p * da_q + curvature.by_dot_bias * (da_p * db_q + db_p * da_q) +
          curvature.by_bias_bias * db_p * db_q;
    }
  }
  // d2 a_ij = dW_i . dW_j + dW_j . dW_i; for i = j both fall on the same entry and make 2.
  const double slope = point.term(i, j).by_dot;
  for (Index row = 0; row < point.hidden(); ++row) {
    const auto first = static_cast<Eigen::Index>(row * point.features() + i);
    const auto second = static_cast<Eigen::Index>(row * point.features() + j);
    matrix(first, second) += slope;
    matrix(second, first) += slope;
  }
}

}  // namespace

double host_population_loss(const std::vector<double>& parameters, int hidden) {
  const PointView point(parameters, hidden);
  double sum = 0;
  for (Index i = 0; i < point.features(); ++i) {
    for (Index j = 0; j < point.features(); ++j) sum += point.term(i, j).value;
  }
  return sum / static_cast<double>(point.features());
}

std::vector<double> host_population_gradient(const std::vector<double>& parameters, int hidden) {
  const PointView point(parameters, hidden);
  const Index c = point.features();
  std::vector<double> gradient(parameters.size(), 0.0);
  for (Index i = 0; i < c; ++i) {
    for (Index j = 0; j < c; ++j) {
      const PairTerm<double> term = point.term(i, j);
      for (Index row = 0; row < point.hidden(); ++row) {
        gradient[row * c + i] += term.by_dot * point.weight(row, j);
        gradient[row * c + j] += term.by_dot * point.weight(row, i);
      }
      gradient[point.hidden() * c + j] += term.by_bias;
    }
  }
  for (double& entry : gradient) entry /= static_cast<double>(c);
  return gradient;
}

PopulationHessian host_population_hessian(const std::vector<double>& parameters, int hidden) {
  const PointView point(parameters, hidden);
  const auto size = static_cast<Eigen::Index>(parameters.size());
  PopulationHessian hessian;
  hessian.matrix = Eigen::MatrixXd::Zero(size, size);
  for (Index i = 0; i < point.features(); ++i) {
    for (Index j = 0; j < point.features(); ++j) {
      add_pair(point, i, j, hessian.matrix);
      if (point.dot(i, j) == 0.0 && point.bias(j) == 0.0) hessian.twice_differentiable = false;
    }
  }
  hessian.matrix /= static_cast<double>(point.features());
  return hessian;
}

}  // namespace kgon::tms
