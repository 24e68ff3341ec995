// Definitions behind nuts_kernels.hpp; one translation unit per model instantiates them.
#pragma once

#include "kgon/batch/advance_nuts.hpp"
#include "launch.cuh"
#include "nuts_kernels.hpp"

namespace kgon::cuda {

inline constexpr int nuts_threads = 128;

// A thread's column of the scratch in shared memory.
template <class Real>
KGON_FUNCTION LaneEntries<Real> thread_entries(const BlockScratch& scratch) {
  return {reinterpret_cast<Real*>(scratch.memory) + scratch.thread, scratch.threads};
}

template <class Model, class Real, LossSource Source>
struct StartOneNuts {
  using Advance = AdvanceNuts<Model, Real, Source>;
  Advance advance;

  static constexpr std::size_t scratch_bytes = sizeof(Real) * Advance::scratch_entries;

  KGON_FUNCTION void operator()(std::uint32_t slot, const BlockScratch& scratch) const {
    advance.start(slot, thread_entries<Real>(scratch));
  }
};

template <class Model, class Real, LossSource Source>
struct AdvanceOneNuts {
  using Advance = AdvanceNuts<Model, Real, Source>;
  Advance advance;
  std::uint32_t leapfrogs;

  static constexpr std::size_t scratch_bytes = sizeof(Real) * Advance::scratch_entries;

  KGON_FUNCTION void operator()(std::uint32_t slot, const BlockScratch& scratch) const {
    advance(slot, leapfrogs, thread_entries<Real>(scratch));
  }
};

template <int H, int C, class Real>
void NutsKernels<H, C, Real>::start(const Group& group, cudaStream_t stream) {
  using Model = tms::Model<H, C>;
  if (group.data == nullptr) {
    launch_with_scratch("nuts start kernel",
                        StartOneNuts<Model, Real, LossSource::population>{{group}}, group.count,
                        stream);
  } else {
    launch_with_scratch("nuts start kernel", StartOneNuts<Model, Real, LossSource::data>{{group}},
                        group.count, stream);
  }
}

template <int H, int C, class Real>
void NutsKernels<H, C, Real>::advance(const Group& group, std::uint32_t leapfrogs,
                                      cudaStream_t stream) {
  using Model = tms::Model<H, C>;
  if (group.data == nullptr) {
    launch_with_scratch("nuts kernel",
                        AdvanceOneNuts<Model, Real, LossSource::population>{{group}, leapfrogs},
                        group.count, stream);
  } else {
    launch_with_scratch("nuts kernel",
                        AdvanceOneNuts<Model, Real, LossSource::data>{{group}, leapfrogs},
                        group.count, stream);
  }
}

template <int H, int C, class Real>
void NutsKernels<H, C, Real>::classify(const Group& group, cudaStream_t stream) {
  using Body = ClassifyDraw<tms::Model<H, C>, Real>;
  launch("nuts phase kernel", run_slots<nuts_threads, Body>, nuts_threads, 0, Body{group},
         group.settings.draws * group.stride, stream);
}

}  // namespace kgon::cuda
