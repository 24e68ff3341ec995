// Where a standard normal variable stays below a given probability.
#pragma once

namespace kgon {

// The standard normal quantile of `probability`, to a relative error below 1e-15. -inf at 0, +inf
// at 1, NaN outside [0, 1] and for NaN.
//
// The rational approximations are those of ndtri in Moshier's Cephes library, evaluated in the same
// order: they are what scipy.stats.norm.ppf computes, so between 0.135 and 0.865, where no
// logarithm is needed, even the bits are SciPy's.
double normal_quantile(double probability);

}  // namespace kgon
