// Which cell of a grid of step sizes, localizations and temperatures to trust.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "kgon/engine/llc_block.hpp"

namespace kgon {

// Estimates that lie further apart than this many combined standard errors disagree.
inline constexpr double most_disagreement = 3;

// One cell of the grid.
struct CalibrationCell {
  double gamma = 0;  // localization
  LlcEstimate estimate;
};

struct CalibrationChoice {
  std::size_t cell = 0;      // index in the grid
  bool is_trusted = false;   // its verdict is ok; otherwise it is only the nearest to that
  std::size_t agreeing = 0;  // other cells of its gamma with the verdict ok that agree with it
  std::size_t others = 0;    // other cells of its gamma with the verdict ok
  std::string reason;        // a sentence without its full stop
};

// Chooses among the cells of one point with one sampler, at least one.
//
// A strong localization makes chains converge and lambda_hat too small, and all cells of such a
// gamma agree in it: so gamma is the smallest one for which two cells with the verdict ok agree,
// else the smallest one for which a cell is ok. Of its cells with that verdict: those that agree
// with the most others; of these the one with the largest effective sample size; ties go to the
// smaller step.
//
// Where no cell is ok: the one that lacks least, by verdict (not converged, step too large,
// escaped, not a minimum), then by R-hat, then by step.
CalibrationChoice choose_calibration_cell(Sampler sampler, std::span<const CalibrationCell> grid);

}  // namespace kgon
