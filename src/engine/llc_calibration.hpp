// Which cell of a grid of step sizes, localizations and temperatures to trust.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/calibration_law.hpp"

namespace kgon {

struct CalibrationChoice {
  std::size_t cell = 0;      // index in the grid
  bool is_trusted = false;   // otherwise it is only the nearest to one to trust
  std::size_t agreeing = 0;  // other cells of its nbeta and gamma that agree with it
  std::size_t others = 0;    // other cells of its nbeta and gamma to trust
  double error = 0;          // of lambda_hat: MCSE and the bias of the step, in quadrature
  double lambda = 0;         // lambda_hat; of a Gaussian well less what gamma and the step do to it
  std::string reason;        // a sentence without its full stop
};

// Chooses among the cells of one point with one sampler, at least one. usual_nbeta: n / log n.
//
// A cell can be trusted if its verdict is ok, if its gamma takes at most most_localization off
// rank / 2, or where the Hessian does not give that off lambda_hat as localization_slope tells, and
// if at its nbeta no cell escaped or found no
// minimum and at most most_leaving of the chains fell below L(w*) at its gamma and every larger
// one: a well that some leave is left by all in time, and chains that are held tightly and fall all
// the same say that w* is no minimum.
//
// Cells that share nbeta and gamma sample one law, up to the bias of an unadjusted step: that of
// the Gaussian well where it is known (LlcEstimate::step_bias), else the slope of a line through
// lambda_hat against the step, and its error, times the step. Of the cells that can be trusted and
// agree, the bias taken off, with at least half of the others, the one with the smallest error is
// the law's.
//
// nbeta: the one nearest to the usual one that has such a cell. gamma: chains held loosely run
// along the flat directions of the Hessian until the loss rises, which adds to lambda_hat at finite
// n; chains held tightly give less than rank / 2, and agree in it. So the smallest gamma at which
// the mean of its cells is known well enough, is that of the Gaussian well, and the gamma takes
// next to nothing off. Where there is none the point is more singular than its Hessian says, or has
// none, or the cells say too little: then the smallest gamma with a cell that another confirms,
// else the smallest with one to trust.
//
// Where no cell can be trusted: the one that lacks least, by verdict (ok, not converged, step too
// large, escaped, not a minimum), then by R-hat, then by step.
CalibrationChoice choose_calibration_cell(Sampler sampler, double usual_nbeta,
                                          std::span<const CalibrationCell> grid);

}  // namespace kgon
