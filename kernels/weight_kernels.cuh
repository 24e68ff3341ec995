// Functors and reductions behind weight_kernels.hpp.
#pragma once

#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>

#include <algorithm>
#include <cub/device/device_reduce.cuh>
#include <cub/device/device_scan.cuh>

#include "launch.cuh"
#include "weight_kernels.hpp"

namespace kgon::cuda {

inline constexpr int weight_threads = 256;

struct StartWeight {
  double* weights;
  std::uint32_t* roots;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    weights[slot] = 1;
    roots[slot] = slot;
  }
};

struct DivideWeight {
  double* weights;
  const double* by;

  KGON_FUNCTION void operator()(std::uint32_t slot) const { weights[slot] /= *by; }
};

struct FixWeight {
  const double* weights;
  double units;

  KGON_FUNCTION std::uint64_t operator()(std::uint32_t slot) const {
    return fixed_weight(weights[slot], units);
  }
};

struct ReadCount {
  const std::uint32_t* counts;

  KGON_FUNCTION std::uint64_t operator()(std::uint32_t slot) const { return counts[slot]; }
};

struct TakeAncestor {
  FindAncestor find;
  std::uint32_t* ancestors;
  const std::uint32_t* old_roots;
  std::uint32_t* roots;
  double* weights;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    const std::uint32_t ancestor = find(slot);
    ancestors[slot] = ancestor;
    roots[slot] = old_roots[ancestor];
    weights[slot] = 1;
  }
};

struct Add {
  template <class T>
  KGON_FUNCTION T operator()(const T& a, const T& b) const {
    return a + b;
  }
};

template <class Body>
void for_particles(const char* name, const Body& body, std::uint32_t count, cudaStream_t stream) {
  launch(name, run_slots<weight_threads, Body>, weight_threads, 0, body, count, stream);
}

// What `term` makes of each slot.
template <class Term>
auto terms(const Term& term) {
  return thrust::make_transform_iterator(thrust::counting_iterator<std::uint32_t>(0), term);
}

template <class Term, class Sum>
cudaError_t add(const Term& term, std::uint32_t count, Sum* sum, ReductionScratch& scratch,
                cudaStream_t stream) {
  return cub::DeviceReduce::Reduce(scratch.memory, scratch.bytes, terms(term), sum, count, Add{},
                                   Sum{}, stream);
}

inline cudaError_t accumulate(const FixWeight& term, std::uint32_t count, std::uint64_t* ends,
                              ReductionScratch& scratch, cudaStream_t stream) {
  return cub::DeviceScan::InclusiveSum(scratch.memory, scratch.bytes, terms(term), ends, count,
                                       stream);
}

// Of each reduction alone, for the largest.
template <class Reduction>
std::size_t bytes_of(const Reduction& reduction) {
  ReductionScratch none{nullptr, 0};
  check(reduction(none), "a reduction's need of memory");
  return none.bytes;
}

inline std::size_t most_scratch_bytes(std::uint32_t count) {
  using Scratch = ReductionScratch;
  const double* values = nullptr;
  double* extremum = nullptr;
  std::uint64_t* sum = nullptr;
  WeightSums* sums = nullptr;
  return std::max(
      {bytes_of([&](Scratch& s) { return add(WeighParticle{}, count, sums, s, nullptr); }),
       bytes_of([&](Scratch& s) { return add(SquareWeight{}, count, sums, s, nullptr); }),
       bytes_of([&](Scratch& s) { return add(ReadCount{}, count, sum, s, nullptr); }),
       bytes_of([&](Scratch& s) { return accumulate(FixWeight{}, count, sum, s, nullptr); }),
       bytes_of([&](Scratch& s) {
         return cub::DeviceReduce::Min(s.memory, s.bytes, values, extremum, count);
       }),
       bytes_of([&](Scratch& s) {
         return cub::DeviceReduce::Max(s.memory, s.bytes, values, extremum, count);
       })});
}

}  // namespace kgon::cuda
