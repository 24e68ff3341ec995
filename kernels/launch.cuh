// The only place where kernels are launched.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "device_failure.hpp"
#include "kgon/batch/train_members.hpp"

namespace kgon::cuda {

// Runs body(slot) in one thread for every slot below `count`. Three blocks per multiprocessor leave
// a thread the registers to observe without spilling.
template <int Threads, class Body>
__global__ void __launch_bounds__(Threads, 3)
    run_slots(const __grid_constant__ Body body, std::uint32_t count) {
  const std::uint32_t slot = blockIdx.x * Threads + threadIdx.x;
  if (slot < count) body(slot);
}

// The same with scratch in shared memory. Threads do not share any of it, so none waits.
// SharedBytes: what a launch gives a block at least (minibatches in a buffer come on top), for
// those who read it in the kernel's name: profiles and tools/check_kernels.
template <int Threads, int BlocksPerMultiprocessor, std::size_t SharedBytes, class Body>
__global__ void __launch_bounds__(Threads, BlocksPerMultiprocessor)
    run_slots_with_scratch(const __grid_constant__ Body body, std::uint32_t count) {
  extern __shared__ __align__(16) unsigned char scratch[];
  const std::uint32_t slot = blockIdx.x * Threads + threadIdx.x;
  if (slot < count) body(slot, BlockScratch{scratch, static_cast<int>(threadIdx.x), Threads});
}

// name: of the kernel, for messages; shared_bytes: dynamic shared memory of a block.
template <class Kernel, class Body>
void launch(const char* name, Kernel kernel, unsigned threads, std::size_t shared_bytes,
            const Body& body, std::uint32_t count, cudaStream_t stream) {
  // More than 48 KiB has to be asked for.
  if (shared_bytes > 48 * 1024) {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared_bytes)),
          name);
  }
  const unsigned blocks = (count + threads - 1) / threads;
  kernel<<<blocks, threads, shared_bytes, stream>>>(body, count);
  check(cudaGetLastError(), name);
}

// Threads of a block whose threads take `bytes` of shared memory each: 128, or as many fewer as let
// a block fit where it may have 99 KiB (compute capability 8.6 and 8.9; others have more).
constexpr int scratch_threads(std::size_t bytes) {
  int threads = 128;
  while (threads > 32 && bytes * static_cast<std::size_t>(threads) > 96 * 1024) threads /= 2;
  return threads;
}

// A thread per slot of a body that has scratch_bytes in shared memory and at most 128 registers a
// thread.
template <class Body>
void launch_with_scratch(const char* name, const Body& body, std::uint32_t count,
                         cudaStream_t stream) {
  constexpr int threads = scratch_threads(Body::scratch_bytes);
  constexpr std::size_t bytes = Body::scratch_bytes * threads;
  launch(name, run_slots_with_scratch<threads, 512 / threads, bytes, Body>, threads, bytes, body,
         count, stream);
}

}  // namespace kgon::cuda
