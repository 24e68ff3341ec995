// The population loss of TMS and its derivatives, on the host, in double, for numbers of hidden
// dimensions (1 to 8) and features known at run time.
//
// Parameters are laid out as everywhere: W row by row (hidden x features), then b.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace kgon::tms {

// L(w) = (1/c) sum_ij of population_term (Lemma 3.1 of arXiv 2310.06301). Throws
// std::invalid_argument where the size of `parameters` is not a positive multiple of hidden + 1,
// and for another `hidden`.
double host_population_loss(const std::vector<double>& parameters, int hidden = 2);

// dL/dw, in the layout of the parameters. Same errors.
std::vector<double> host_population_gradient(const std::vector<double>& parameters, int hidden = 2);

struct PopulationHessian {
  Eigen::MatrixXd matrix;            // symmetric, (hidden + 1) c on each side
  bool twice_differentiable = true;  // L is C2 at the point, as far as its chambers tell
};

// The second derivatives of L, in closed form.
//
// L is C1 but not C2 where W_i . W_j = 0 and b_j = 0 for a pair i != j: on one side output j is
// silent for input i, on the other it fires for all mu. Such a pair contributes the mean of the two
// sides, which is what central differences of the gradient along the coordinates converge to, and
// keeps the rotation a null vector; `twice_differentiable` is false then. It is false as well
// where W_j = 0 and b_j = 0: L has a kink in b_j there, and the pair (j, j) contributes its silent
// side. Both tests are exact comparisons with 0: standard points hit them exactly.
PopulationHessian host_population_hessian(const std::vector<double>& parameters, int hidden = 2);

}  // namespace kgon::tms
