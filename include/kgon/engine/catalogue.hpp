// The critical points of the TMS potential: standard k-gons (arXiv 2310.06301, section 3.2 and its
// appendix). Host code, any number of features.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kgon/model/tms/phase.hpp"

namespace kgon::tms {

// (l*, b*) of the standard k-gon.
struct PolygonSolution {
  double length;
  double bias;
};

struct CriticalPoint {
  std::string label;  // e.g. "4++-", "5+", "6"
  int k = 0, sigma = 0, phi = 0;
  double length = 0, bias = 0;
  double loss = 0;           // population loss
  double gradient_norm = 0;  // of the population loss
  int hessian_rank = 0;
  int negative_eigenvalues = 0;
  // L is C2 at the point. Where it is not (4-gons), rank and sign counts are those of the mean of
  // the Hessians on both sides of the chamber boundary.
  bool twice_differentiable = true;
  std::optional<double> lambda;    // local learning coefficient where the theory gives it
  std::string lambda_reason;       // where it does not: why; where it does: which result
  double half_norm2 = 0;           // |w*|^2 / 2
  std::vector<double> parameters;  // W row by row (2 x features), then b
};

// "4++-" and so on; "other" for phase_other.
std::string phase_label(PhaseCode code);
// The inverse; nullopt where the text is no label (digits, then '+'s, then '-'s).
std::optional<PhaseCode> parse_phase_label(const std::string& text);

// Solves the polynomial system to 1e-12; nullopt (and a clause in `reason`) where it has no root or
// the gon constraint rejects it. The population gradient vanishes at every solution returned.
std::optional<PolygonSolution> solve_polygon(int k, std::string* reason = nullptr);

// Parameters of the standard point `code` in the canonical orientation: vertices 0..k-1 at angles
// 2 pi j / k, the first phi of them with bias -2, then sigma zero columns with bias 1/(2 features),
// then zero columns with bias `dead_bias`. Throws std::invalid_argument with one sentence where
// the label is not in the catalogue for this number of features.
std::vector<double> standard_point(PhaseCode code, int features, double dead_bias);

// Bias of the dead columns where nobody names another one.
inline constexpr double catalogue_dead_bias = -1.0;

// All standard points for `features` columns, 3..35, in ascending loss; `dead_bias` as above, 0 or
// negative. Throws std::invalid_argument.
std::vector<CriticalPoint> critical_points(int features, double dead_bias = catalogue_dead_bias);
// Sentences about what does not exist for this number of features (no k = c gon, ...).
std::vector<std::string> missing_points(int features);
// The levels for the classifier on device. Throws std::invalid_argument as above.
PhaseLevels phase_levels(int features);

}  // namespace kgon::tms
