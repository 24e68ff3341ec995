#include "engine/sample_crossings.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "engine/free_energy_theory.hpp"
#include "engine/jackknife.hpp"
#include "engine/laplace_constant.hpp"
#include "engine/none.hpp"

namespace kgon {
namespace {

// Runs that differ in n alone.
using Series =
    std::tuple<bool, double, double, std::uint32_t>;  // population, beta, scale, data set

using Pair = std::pair<PhaseCode, PhaseCode>;

// Whether the run says how probable its phases are: chains that do not cross between the modes say
// where they started, and a crossing made of them would be one of the starts.
bool counts(const SamplePlan& plan, const RunEstimate& estimate) {
  return !plan.is_markov() || estimate.chains.most_chains_mix();
}

PhaseCode most_probable(const RunEstimate& run) {
  return std::ranges::max_element(run.phases, {},
                                  [](const auto& entry) { return entry.second.occupancy.value; })
      ->first;
}

// A difference of free energies between two n: linear in n, but for a term of known size in log n.
struct Curve {
  double from, to;        // n
  double at_from, at_to;  // the difference there
  double log_term;        // lambda - lambda', or 0

  double value(double n) const {
    const double x = (n - from) / (to - from);
    const double bend = std::log(n) - (1 - x) * std::log(from) - x * std::log(to);
    return (1 - x) * at_from + x * at_to + log_term * bend;
  }
  // Where it goes from negative to positive, up to the width of the bracket outside it; NaN beyond.
  double zero() const {
    double low = from, high = to;
    if (at_from > 0) {
      low = std::max(2 * from - to, from / 2);
      high = from;
    } else if (at_to < 0) {
      low = to;
      high = 2 * to - from;
    }
    if (!(value(low) <= 0 && value(high) >= 0)) return none;
    while (high - low > 1e-9 * to) {
      const double middle = (low + high) / 2;
      (value(middle) > 0 ? high : low) = middle;
    }
    return (low + high) / 2;
  }
};

struct Difference {
  double value = none;
  std::vector<double> without;  // that the other islands give
};

// F_a - F_b of a run; NaN where one of them was not visited.
Difference difference(const RunEstimate& run, PhaseCode a, PhaseCode b) {
  const auto first = run.phases.find(a), second = run.phases.find(b);
  if (first == run.phases.end() || second == run.phases.end()) return {};
  Difference found{first->second.free_energy.value - second->second.free_energy.value, {}};
  std::ranges::transform(first->second.without, second->second.without,
                         std::back_inserter(found.without), std::minus());
  return found;
}

// curve: through the two differences. The jackknife wants the same smooth function of the islands
// whichever is left out. So a zero that then lies just outside the bracket is taken there: to cut
// it off would make the error too small next to a grid point, and to give up would lose it. Where
// there is none within reach the islands do not agree that there is a crossing, and the error is
// NaN.
double zero_error(Curve curve, const Difference& before, const Difference& after) {
  if (before.without.size() != after.without.size()) return none;
  std::vector<double> zeros;
  for (std::size_t i = 0; i < before.without.size(); ++i) {
    curve.at_from = before.without[i];
    curve.at_to = after.without[i];
    zeros.push_back(curve.zero());
  }
  return jackknife_error(zeros);
}

// pair: the most probable phases below and above.
MeasuredCrossing measure(const std::map<PhaseCode, PhaseTheory>& theories, const Pair& pair,
                         std::pair<std::uint32_t, const RunEstimate*> below,
                         std::pair<std::uint32_t, const RunEstimate*> above) {
  const Difference before = difference(*below.second, pair.first, pair.second);
  const Difference after = difference(*above.second, pair.first, pair.second);
  const auto from = theories.find(pair.first), to = theories.find(pair.second);
  const bool known = from != theories.end() && to != theories.end();
  const Curve curve{static_cast<double>(below.first), static_cast<double>(above.first),
                    before.value, after.value, known ? from->second.lambda - to->second.lambda : 0};
  return {0, below.first, above.first, curve.zero(), zero_error(curve, before, after)};
}

// The crossings of one series, the last one of each pair of phases.
std::map<Pair, MeasuredCrossing> crossings_of(
    const std::map<PhaseCode, PhaseTheory>& theories,
    const std::map<std::uint32_t, const RunEstimate*>& by_samples) {
  std::map<Pair, MeasuredCrossing> found;
  for (auto right = by_samples.begin(); right != by_samples.end(); ++right) {
    if (right == by_samples.begin()) continue;
    const auto left = std::prev(right);
    const Pair pair(most_probable(*left->second), most_probable(*right->second));
    if (pair.first != pair.second)
      found.insert_or_assign(pair, measure(theories, pair, *left, *right));
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
void average(Crossing& crossing) {
  const std::vector<MeasuredCrossing>& measured = crossing.of_data_sets;
  crossing.below = measured.front().below;
  std::vector<MeasuredCrossing> located;
  for (const MeasuredCrossing& one : measured) {
    crossing.below = std::min(crossing.below, one.below);
    crossing.above = std::max(crossing.above, one.above);
    if (!std::isnan(one.n)) located.push_back(one);
  }
  crossing.data_sets = located.size();
  crossing.data_sets_unresolved = measured.size() - located.size();
  crossing.n_measured = crossing.se = none;
  if (located.empty()) return;
  const auto count = static_cast<double>(located.size());
  double sum = 0, squares = 0;
  for (const MeasuredCrossing& one : located) sum += one.n;
  crossing.n_measured = sum / count;
  for (const MeasuredCrossing& one : located) squares += std::pow(one.n - crossing.n_measured, 2);
  crossing.se =
      located.size() == 1 ? located.front().se : std::sqrt(squares / (count * (count - 1)));
}

}  // namespace

std::vector<Crossing> find_crossings(const SamplePlan& plan,
                                     std::span<const RunEstimate> estimates) {
  std::map<Series, std::map<std::uint32_t, const RunEstimate*>> series;
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    const SampleRun& run = plan.runs[r];
    if (!counts(plan, estimates[r])) continue;
    series[{run.population, run.beta, run.prior_scale, run.data_set}][run.samples] = &estimates[r];
  }
  const auto theories = phase_theories(plan.shape);
  std::map<std::tuple<bool, double, double, Pair>, std::vector<MeasuredCrossing>> measured;
  for (const auto& [key, by_samples] : series) {
    const auto& [population, beta, scale, data_set] = key;
    for (auto& [pair, one] : crossings_of(theories, by_samples)) {
      one.data_set = data_set;
      measured[{population, beta, scale, pair}].push_back(one);
    }
  }
  std::vector<Crossing> crossings;
  for (const auto& [key, values] : measured) {
    Crossing crossing;
    Pair pair;
    std::tie(crossing.population, crossing.beta, crossing.prior_scale, pair) = key;
    std::tie(crossing.from, crossing.to) = pair;
    crossing.of_data_sets = values;
    average(crossing);
    predict(plan.shape, theories, crossing);
    crossings.push_back(crossing);
  }
  std::ranges::sort(crossings, {}, [](const Crossing& c) {
    // NaN has no place in an order.
    return std::tuple(c.population, c.beta, c.prior_scale,
                      std::isnan(c.n_measured) ? c.below : c.n_measured);
  });
  return crossings;
}

}  // namespace kgon
