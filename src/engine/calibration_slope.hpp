// How much of lambda-hat a localization makes where no Hessian says it.
#pragma once

#include <span>

#include "engine/calibration_law.hpp"

namespace kgon {

// d log lambda_hat / d log (n beta / gamma) at a cell of the grid, and its standard error. In a
// Gaussian well with x = n beta / gamma, where lambda = sum_i 1/2 x h_i / (x h_i + 1), it is the
// mean of the parts 1 / (x h_i + 1) that gamma takes off the directions, weighted by what is left
// of them. NaN where no other cell says it.
struct LocalizationSlope {
  double value = 0, error = 0;
};

// Taken between the mean of the ok cells that share nbeta and gamma with the cell and that of the
// next looser ones with the same nbeta or the same gamma, or where there are none of the next
// tighter ones. 0 at gamma = 0.
LocalizationSlope localization_slope(std::span<const CalibrationCell> grid,
                                     const CalibrationCell& cell);

// Whether gamma takes more than `part` off lambda: by the Hessian (takes_more_off of
// calibration_law.hpp) or, where it does not say, by the slope and its error; without a slope too.
bool takes_more_off(std::span<const CalibrationCell> grid, const CalibrationCell& cell,
                    double part);

}  // namespace kgon
