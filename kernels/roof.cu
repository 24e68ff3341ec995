#include "launch.cuh"
#include "roof_kernel.hpp"

namespace kgon::cuda {
namespace {

constexpr int block_threads = 256;

}  // namespace

template <class Real>
std::uint32_t RoofKernel<Real>::resident_threads() {
  int device = 0, multiprocessors = 0, blocks = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
        "cudaDeviceGetAttribute");
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
            &blocks, run_slots<block_threads, MultiplyAdds<Real>>, block_threads, 0),
        "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
  return static_cast<std::uint32_t>(multiprocessors * blocks * block_threads);
}

template <class Real>
void RoofKernel<Real>::run(const MultiplyAdds<Real>& work, std::uint32_t threads,
                           cudaStream_t stream) {
  launch("the roof's kernel", run_slots<block_threads, MultiplyAdds<Real>>, block_threads, 0, work,
         threads, stream);
}

template struct RoofKernel<float>;
template struct RoofKernel<double>;

}  // namespace kgon::cuda
