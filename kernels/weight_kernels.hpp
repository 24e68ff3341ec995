// The weights of an island's particles on a device, as ordinary functions for host code.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "kgon/batch/particle_weights.hpp"

namespace kgon::cuda {

// Memory on the device that reductions and scans work in.
struct ReductionScratch {
  void* memory;
  std::size_t bytes;
};

// What `count` particles need of it at most.
std::size_t reduction_scratch_bytes(std::uint32_t count);

// All are asynchronous on `stream`, take pointers to device memory and throw DeviceFailure. Sums
// are of integers, extrema are exact: whatever the order of a device, the results are those of the
// host.

void start_weights(double* weights, std::uint32_t* roots, std::uint32_t count, cudaStream_t stream);
void find_least(const double* values, std::uint32_t count, double* least, ReductionScratch scratch,
                cudaStream_t stream);
void sum_counts(const std::uint32_t* counts, std::uint32_t count, std::uint64_t* sum,
                ReductionScratch scratch, cudaStream_t stream);
void weigh(const WeighParticle& term, std::uint32_t count, WeightSums* sums,
           ReductionScratch scratch, cudaStream_t stream);
void weigh_squares(const SquareWeight& term, std::uint32_t count, WeightSums* sums,
                   ReductionScratch scratch, cudaStream_t stream);
// Uses *greatest.
void reweight(const ReweightParticle& reweight, std::uint32_t count, double* greatest,
              ReductionScratch scratch, cudaStream_t stream);
// ends, ancestors: [count], written; roots become those of the ancestors, copied from old_roots,
// and all weights 1.
struct Resampling {
  double* weights;
  std::uint32_t count;
  double uniform;
  std::uint64_t* ends;
  std::uint32_t* ancestors;
  const std::uint32_t* old_roots;
  std::uint32_t* roots;
};
void find_ancestors(const Resampling& resampling, ReductionScratch scratch, cudaStream_t stream);

}  // namespace kgon::cuda
