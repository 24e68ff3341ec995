// Which cell of a grid of step sizes, localizations and temperatures to trust.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "kgon/engine/llc_block.hpp"

namespace kgon {

// Estimates that lie further apart than this many combined standard errors disagree.
inline constexpr double most_disagreement = 3;
// What a localization may take off rank / 2, as a part of it, where the well is taken for Gaussian.
inline constexpr double most_localization_bias = 0.02;

// One cell of the grid.
struct CalibrationCell {
  double nbeta = 0;
  double gamma = 0;  // localization
  LlcEstimate estimate;
};

struct CalibrationChoice {
  std::size_t cell = 0;      // index in the grid
  bool is_trusted = false;   // its verdict is ok; otherwise it is only the nearest to that
  std::size_t agreeing = 0;  // other cells of its nbeta and gamma, ok, that agree with it
  std::size_t others = 0;    // other cells of its nbeta and gamma with the verdict ok
  double error = 0;          // of lambda_hat: MCSE and the bias of the step, in quadrature
  double lambda = 0;         // lambda_hat; of a Gaussian well less what gamma and the step do to it
  std::string reason;        // a sentence without its full stop
};

// Chooses among the cells of one point with one sampler, at least one. usual_nbeta: n / log n.
//
// Cells that share nbeta and gamma sample one law, up to the bias of an unadjusted step: that of
// the Gaussian well where it is known (LlcEstimate::step_bias), else what lambda_hat differs by
// from the smallest step's beyond the errors. Of the cells with the verdict ok that agree, the
// bias taken off, with at least half of the others, the one with the smallest error is the law's.
//
// gamma, for each nbeta: chains held loosely run along the flat directions of the Hessian until the
// loss rises, which adds to lambda_hat at finite n; chains held tightly give less than rank / 2,
// and agree in it. So the smallest gamma whose lambda_hat is that of the Gaussian well at this
// gamma, if the gamma takes no more than most_localization_bias off. Where there is none the point
// is more singular than its Hessian says, or has none: then the smallest gamma with a cell that
// another confirms, else the smallest with a cell that is ok.
//
// nbeta: in this order of preference, the nearest to the usual one.
//
// Where no cell is ok: the one that lacks least, by verdict (not converged, step too large,
// escaped, not a minimum), then by R-hat, then by step.
CalibrationChoice choose_calibration_cell(Sampler sampler, double usual_nbeta,
                                          std::span<const CalibrationCell> grid);

}  // namespace kgon
