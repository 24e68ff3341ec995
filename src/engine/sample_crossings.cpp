#include "engine/sample_crossings.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "engine/free_energy_theory.hpp"
#include "engine/jackknife.hpp"
#include "engine/laplace_constant.hpp"

namespace kgon {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Runs that differ in n alone.
using Series =
    std::tuple<bool, double, double, std::uint32_t>;  // population, beta, scale, data set

struct Measured {
  double n, se;
};

PhaseCode most_probable(const RunEstimate& run) {
  return std::ranges::max_element(run.phases, {},
                                  [](const auto& entry) { return entry.second.occupancy.value; })
      ->first;
}

// A difference of free energies between two n: linear in n, but for a term of known size in log n.
struct Curve {
  double from, to;        // n
  double at_from, at_to;  // the difference there; of opposite signs
  double log_term;        // lambda - lambda', or 0

  double weight_of_to(double n) const { return (n - from) / (to - from); }
  double value(double n) const {
    const double x = weight_of_to(n);
    const double bend = std::log(n) - (1 - x) * std::log(from) - x * std::log(to);
    return (1 - x) * at_from + x * at_to + log_term * bend;
  }
  double zero() const {
    double low = from, high = to;
    while (high - low > 1e-9 * to) {
      const double middle = (low + high) / 2;
      ((value(middle) > 0) == (at_to > 0) ? high : low) = middle;
    }
    return (low + high) / 2;
  }
  // By how much the zero moves with errors of the two differences.
  double error(double n, double se_from, double se_to) const {
    const double x = weight_of_to(n);
    const double slope = (at_to - at_from) / (to - from) +
                         log_term * (1 / n - (std::log(to) - std::log(from)) / (to - from));
    return std::hypot((1 - x) * se_from, x * se_to) / std::abs(slope);
  }
};

// F_a - F_b of a run; NaN where one of them was not visited.
Estimate difference(const RunEstimate& run, PhaseCode a, PhaseCode b) {
  const auto first = run.phases.find(a), second = run.phases.find(b);
  if (first == run.phases.end() || second == run.phases.end()) return {none, none};
  std::vector<double> without;
  for (std::size_t i = 0; i < first->second.without.size(); ++i)
    without.push_back(first->second.without[i] - second->second.without[i]);
  return {first->second.free_energy.value - second->second.free_energy.value,
          jackknife_error(without)};
}

// The crossings of one series, the last one of each pair of phases.
std::map<std::pair<PhaseCode, PhaseCode>, Measured> crossings_of(
    const std::map<PhaseCode, PhaseTheory>& theories,
    const std::map<std::uint32_t, const RunEstimate*>& by_samples) {
  std::map<std::pair<PhaseCode, PhaseCode>, Measured> found;
  for (auto right = by_samples.begin(); right != by_samples.end(); ++right) {
    if (right == by_samples.begin()) continue;
    const auto left = std::prev(right);
    const PhaseCode from = most_probable(*left->second), to = most_probable(*right->second);
    if (from == to) continue;
    const Estimate before = difference(*left->second, from, to);
    const Estimate after = difference(*right->second, from, to);
    if (!(before.value * after.value < 0)) continue;
    const auto known_from = theories.find(from), known_to = theories.find(to);
    const bool known = known_from != theories.end() && known_to != theories.end();
    const Curve curve{static_cast<double>(left->first), static_cast<double>(right->first),
                      before.value, after.value,
                      known ? known_from->second.lambda - known_to->second.lambda : 0};
    const double n = curve.zero();
    found[{from, to}] = {n, curve.error(n, before.se, after.se)};
  }
  return found;
}

// lambda log(n beta) of Laplace's method against the lambda log n of the formula.
std::vector<PredictedCrossing> predictions_of(const PhaseTheory& from, const PhaseTheory& to,
                                              const LaplaceConstant& a, const LaplaceConstant& b,
                                              double beta) {
  std::vector<PredictedCrossing> predictions;
  double constant = 0;
  const auto add = [&](const char* name, double more) {
    constant += more;
    predictions.push_back({name, crossing_with_constant(from, to, beta, constant)});
  };
  add("loss and lambda", 0);
  add("+ norm", a.norm - b.norm);
  add("+ temperature", (from.lambda - to.lambda) * std::log(beta));
  add("+ determinant", a.determinant - b.determinant);
  add("+ normaliser", a.normaliser - b.normaliser);
  add("+ orbit", a.orbit - b.orbit);
  add("+ flat directions", a.flat - b.flat);
  return predictions;
}

void predict(const ModelShape& shape, const std::map<PhaseCode, PhaseTheory>& theories,
             Crossing& crossing) {
  crossing.n_predicted = none;
  const auto from = theories.find(crossing.from), to = theories.find(crossing.to);
  if (from == theories.end() || to == theories.end()) return;
  crossing.n_predicted =
      predicted_crossing(from->second, to->second, crossing.beta, crossing.prior_scale);
  const auto constants = laplace_constants(shape, crossing.prior_scale);
  const auto a = constants.find(crossing.from), b = constants.find(crossing.to);
  if (a == constants.end() || b == constants.end()) return;
  crossing.predictions =
      predictions_of(from->second, to->second, a->second, b->second, crossing.beta);
}

// Mean over the data sets, and its standard error.
void average(const std::vector<Measured>& measured, Crossing& crossing) {
  const auto count = static_cast<double>(measured.size());
  crossing.data_sets = measured.size();
  for (const Measured& one : measured) crossing.n_measured += one.n / count;
  if (measured.size() == 1) {
    crossing.se = measured.front().se;
    return;
  }
  double squares = 0;
  for (const Measured& one : measured) squares += std::pow(one.n - crossing.n_measured, 2);
  crossing.se = std::sqrt(squares / (count * (count - 1)));
}

}  // namespace

std::vector<Crossing> find_crossings(const SamplePlan& plan,
                                     std::span<const RunEstimate> estimates) {
  std::map<Series, std::map<std::uint32_t, const RunEstimate*>> series;
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    const SampleRun& run = plan.runs[r];
    series[{run.population, run.beta, run.prior_scale, run.data_set}][run.samples] = &estimates[r];
  }
  const auto theories = phase_theories(plan.shape);
  using Pair = std::pair<PhaseCode, PhaseCode>;
  std::map<std::tuple<bool, double, double, Pair>, std::vector<Measured>> measured;
  for (const auto& [key, by_samples] : series) {
    const auto& [population, beta, scale, data_set] = key;
    for (const auto& [pair, one] : crossings_of(theories, by_samples))
      measured[{population, beta, scale, pair}].push_back(one);
  }
  std::vector<Crossing> crossings;
  for (const auto& [key, values] : measured) {
    Crossing crossing;
    Pair pair;
    std::tie(crossing.population, crossing.beta, crossing.prior_scale, pair) = key;
    std::tie(crossing.from, crossing.to) = pair;
    average(values, crossing);
    predict(plan.shape, theories, crossing);
    crossings.push_back(crossing);
  }
  std::ranges::sort(crossings, {}, [](const Crossing& c) {
    return std::tuple(c.population, c.beta, c.prior_scale, c.n_measured);
  });
  return crossings;
}

}  // namespace kgon
