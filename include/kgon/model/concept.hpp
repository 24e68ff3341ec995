// What a model offers to `dynamics` and `batch`; they know models through this alone.
#pragma once

#include <concepts>
#include <cstdint>

#include "kgon/rng/philox.hpp"

namespace kgon {

// Parameters are one array S[M::parameters]. The functors, for a scalar or pack S:
//   Population<S>(w, gradient)        exact loss over the data's law, and its gradient
//   UnrolledPopulation<S>             the same for SGD, which has registers to spare on a device
//   Empirical<S>(w, samples, n)       exact loss on n samples, by a loop
//   EmpiricalGradient<S>(w, samples, n, gradient)  the same and its gradient
//   Sorted<S>(w, sorted, gradient)    both from sorted samples
//   CompactSorted<S>                  the same where it is rare, in fewer registers of a device
//   Minibatch<S, Columns>             gradient accumulator over the samples of a minibatch
//   ChainMinibatch<S, Columns, bool>  the same in fewer registers; true: and the samples' losses
//   LaneColumns<S>, ThreadColumns<S>  the Columns of the CPU and of one device thread
//   Samples<W>, SortedData            a data set in memory, in drawing order and sorted
//   Classifier, Levels                phase of a double-precision point, given the model's phases
//   generator(stream)                 sample k of a member's own data set, a pure function
//   sequential(stream)                the same, asked for in the order 0, 1, 2, ...
template <class M>
concept TrainableModel = requires(const double* w, double* gradient,
                                  typename M::template Population<double> population,
                                  const StreamId<std::uint32_t>& stream) {
  { M::parameters } -> std::convertible_to<int>;
  { M::column_entries } -> std::convertible_to<int>;
  { population(w, gradient) } -> std::same_as<double>;
  { M::generator(stream)(0u) } -> std::same_as<std::uint32_t>;
  typename M::Classifier;
  typename M::Observation;
  typename M::Levels;
  typename M::template Samples<std::uint32_t>;
  typename M::SortedData;
};

}  // namespace kgon
