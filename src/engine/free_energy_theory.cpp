#include "engine/free_energy_theory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kgon/engine/catalogue.hpp"

namespace kgon {

std::map<PhaseCode, PhaseTheory> phase_theories(const ModelShape& shape) {
  std::map<PhaseCode, PhaseTheory> theories;
  if (shape.hidden != 2) return theories;
  // lambda is that of a negative dead bias; the prior's part is least where it is 0.
  for (const tms::CriticalPoint& point : tms::critical_points(shape.features, -1.0)) {
    if (!point.lambda || point.phi > 0) continue;
    const PhaseCode code = tms::phase_code(point.k, point.sigma, 0);
    PhaseTheory theory{point.loss, *point.lambda, 0,
                       tms::standard_point(code, shape.features, 0.0)};
    for (const double w : theory.parameters) theory.half_norm2 += w * w / 2;
    theories[code] = std::move(theory);
  }
  return theories;
}

double theory_free_energy(const PhaseTheory& phase, double n, double beta, double prior_scale,
                          double loss) {
  return n * beta * loss + phase.lambda * std::log(n) +
         phase.half_norm2 / (prior_scale * prior_scale);
}

std::map<PhaseCode, double> theory_occupancies(const std::map<PhaseCode, double>& free_energies) {
  double least = std::numeric_limits<double>::infinity(), sum = 0;
  for (const auto& [code, free_energy] : free_energies)
    if (std::isfinite(free_energy)) least = std::min(least, free_energy);
  std::map<PhaseCode, double> occupancies;
  for (const auto& [code, free_energy] : free_energies)
    if (std::isfinite(free_energy)) sum += occupancies[code] = std::exp(least - free_energy);
  for (auto& [code, occupancy] : occupancies) occupancy /= sum;
  return occupancies;
}

double crossing_with_constant(const PhaseTheory& from, const PhaseTheory& to, double beta,
                              double constant) {
  const auto difference = [&](double n) {
    return n * beta * (from.loss - to.loss) + (from.lambda - to.lambda) * std::log(n) + constant;
  };
  // Convex or concave in n: where the loss decides at last, the last zero is the crossing.
  const bool above = difference(1e9) > 0;
  for (double high = 1e9; high > 1; high /= 1.1) {
    double low = std::max(1.0, high / 1.1);
    if ((difference(low) > 0) == above) continue;
    while (high - low > 1e-9 * high) {
      const double middle = (low + high) / 2;
      ((difference(middle) > 0) == above ? high : low) = middle;
    }
    return (low + high) / 2;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double predicted_crossing(const PhaseTheory& from, const PhaseTheory& to, double beta,
                          double prior_scale) {
  return crossing_with_constant(from, to, beta,
                                (from.half_norm2 - to.half_norm2) / (prior_scale * prior_scale));
}

}  // namespace kgon
