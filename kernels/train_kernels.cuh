// Definitions behind train_kernels.hpp; one translation unit per model instantiates them.
#pragma once

#include "launch.cuh"
#include "train_kernels.hpp"

namespace kgon::cuda {

inline constexpr int train_threads = 128;

// Blocks per multiprocessor, which bounds the registers of a thread: 72 for seven blocks of 128
// threads on sm_90, 128 for four, 168 for three.
template <class Real, Drawing Draw>
inline constexpr int train_blocks = sizeof(Real) == 8           ? 3
                                    : Draw == Drawing::buffered ? 7
                                                                : 4;

// Above this the minibatch no longer fits the shared memory of a block (227 KiB on sm_90, less on
// others) at a useful occupancy, and samples are drawn one at a time.
inline constexpr std::uint32_t max_buffered_batch = 128;

template <int H, int C, class Real>
void TrainKernels<H, C, Real>::start(const Group& group, cudaStream_t stream) {
  using Body = StartSlot<tms::Model<H, C>, Real>;
  launch("start kernel", run_slots<train_threads, Body>, train_threads, 0, Body{group}, group.count,
         stream);
}

template <int H, int C, class Real>
void TrainKernels<H, C, Real>::observe(const Group& group, cudaStream_t stream) {
  using Body = ObserveSlot<tms::Model<H, C>, Real>;
  launch("observe kernel", run_slots<train_threads, Body>, train_threads, 0, Body{group},
         group.count, stream);
}

template <int H, int C, class Real, Dataset Data, Batching Order, Drawing Draw>
void launch_advance(const MemberGroup<tms::Model<H, C>, Real>& group, std::uint32_t batch,
                    cudaStream_t stream) {
  using Body = AdvanceSlot<tms::Model<H, C>, Real, Data, Order, Draw>;
  launch("SGD kernel", run_slots_with_scratch<train_threads, train_blocks<Real, Draw>, Body>,
         train_threads, Body::scratch_bytes(batch) * train_threads, Body{group}, group.count,
         stream);
}

template <int H, int C, class Real, Dataset Data, Batching Order>
void launch_sampled(const MemberGroup<tms::Model<H, C>, Real>& group, std::uint32_t batch,
                    cudaStream_t stream) {
  if (batch <= max_buffered_batch) {
    launch_advance<H, C, Real, Data, Order, Drawing::buffered>(group, batch, stream);
  } else {
    launch_advance<H, C, Real, Data, Order, Drawing::direct>(group, batch, stream);
  }
}

template <int H, int C, class Real>
void TrainKernels<H, C, Real>::advance(const Group& group, const AdvanceKind& kind,
                                       cudaStream_t stream) {
  const bool shuffle = kind.batching == Batching::shuffle;
  if (kind.dataset == Dataset::population) {
    launch_advance<H, C, Real, Dataset::population, Batching::shuffle, Drawing::direct>(
        group, kind.batch, stream);
  } else if (kind.dataset == Dataset::own && shuffle) {
    launch_sampled<H, C, Real, Dataset::own, Batching::shuffle>(group, kind.batch, stream);
  } else if (kind.dataset == Dataset::own) {
    launch_sampled<H, C, Real, Dataset::own, Batching::replacement>(group, kind.batch, stream);
  } else if (shuffle) {
    launch_sampled<H, C, Real, Dataset::shared, Batching::shuffle>(group, kind.batch, stream);
  } else {
    launch_sampled<H, C, Real, Dataset::shared, Batching::replacement>(group, kind.batch, stream);
  }
}

}  // namespace kgon::cuda
