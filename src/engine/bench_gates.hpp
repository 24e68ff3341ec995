// What must be right before a workload is timed: a fast wrong answer is worth nothing.
//
// The gates do not depend on the user's seed: they pass or fail by the program and the device, not
// by chance.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/sorted_samples.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

struct Gate {
  std::string suite, name;
  bool has_passed = false;
  std::string finding;  // a clause with the measured figure and its bound
};

// Writes dL_n/dw at w to `gradient`, both [P], and returns L_n.
using ExactGradient =
    std::function<double(const double* w, const SortedSampleTable& data, double* gradient)>;

struct GateSubject {
  Backend& backend;    // about to be timed
  Backend& reference;  // one thread of the baseline instruction set
  ModelShape shape;    // hidden = 2
  Precision precision = Precision::float32;
  ExactGradient exact_gradient;  // as the functors of `backend` compute it; see host_gradient
  RunControl& control;
};

// The functor that every back end compiles, on the host. Null where the shape is not 2 x 6.
ExactGradient host_gradient(const ModelShape& shape, Precision precision);

// Stop early, with what there is, once control.stop is set.
std::vector<Gate> train_gates(const GateSubject& subject);
std::vector<Gate> llc_gates(const GateSubject& subject);
std::vector<Gate> sample_gates(const GateSubject& subject);

// The gates behind these lists, one by one.
//
// One step of learning rate 1 on the whole of a small data set, and one on L, at random points: the
// way is the gradient, of plain_gradient and of finite differences.
Gate step_gradient_gate(const GateSubject& subject, bool population);
// L_n's gradient by sorted prefix sums, against the same two.
Gate exact_gradient_gate(const GateSubject& subject, const std::string& suite);
// 500 steps of a few trajectories against plain_descent, for both ways of drawing minibatches.
Gate descent_gate(const GateSubject& subject);
// The losses along 200 steps of langevin or sgld against a plain loop with the same noise and
// minibatches.
Gate chain_gate(const GateSubject& subject, Sampler sampler);
// A small study of every kind has the same bits as on `reference`.
Gate train_bits_gate(const GateSubject& subject);
Gate llc_bits_gate(const GateSubject& subject);
Gate sample_bits_gate(const GateSubject& subject);
// The mean of n beta (L - L(w*)) around the 6-gon, where it is all but a Gaussian's.
Gate gaussian_law_gate(const GateSubject& subject, Sampler sampler);
// The posterior mean of L_n, and of smc the evidence, against weighted draws from the prior, at an
// n so small that these are enough.
Gate prior_law_gate(const GateSubject& subject, SampleMethod method);

}  // namespace kgon
