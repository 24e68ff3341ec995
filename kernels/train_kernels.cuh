// Definitions behind train_kernels.hpp; one translation unit per model instantiates them.
#pragma once

#include "launch.cuh"
#include "train_kernels.hpp"

namespace kgon::cuda {

// Blocks per multiprocessor, which bounds the registers of a thread: 72 for seven blocks of 128
// threads on sm_90, 80 for six, 128 for four, 168 for three, 255 for two. As many as leave the
// parameters in registers.
template <class Model, class Real, Drawing Draw>
inline constexpr int train_blocks = sizeof(Real) == 8           ? (Model::parameters < 24 ? 3 : 2)
                                    : Draw == Drawing::buffered ? (Model::parameters < 24 ? 7 : 6)
                                                                : 4;

template <int H, int C, class Real>
void TrainKernels<H, C, Real>::start(const Group& group, cudaStream_t stream) {
  using Body = StartSlot<tms::Model<H, C>, Real>;
  launch("start kernel", run_slots<advance_threads, Body>, advance_threads, 0, Body{group},
         group.count, stream);
}

template <int H, int C, class Real>
void TrainKernels<H, C, Real>::observe(const Group& group, cudaStream_t stream) {
  using Body = ObserveSlot<tms::Model<H, C>, Real>;
  launch("observe kernel", run_slots<advance_threads, Body>, advance_threads, 0, Body{group},
         group.count, stream);
}

template <int H, int C, class Real>
void TrainKernels<H, C, Real>::advance(const Group& group, const AdvanceKind& kind,
                                       cudaStream_t stream) {
  using Model = tms::Model<H, C>;
  with_advance_slot<Model, Real>(kind, [&]<Dataset Data, Batching Order, Drawing Draw>() {
    using Body = AdvanceSlot<Model, Real, Data, Order, Draw>;
    constexpr std::size_t least_bytes = Body::scratch_bytes(0) * advance_threads;
    launch(
        "SGD kernel",
        run_slots_with_scratch<advance_threads, train_blocks<Model, Real, Draw>, least_bytes, Body>,
        advance_threads, block_scratch_bytes<Body>(kind), Body{group}, group.count, stream);
  });
}

}  // namespace kgon::cuda
