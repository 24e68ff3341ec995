// The CUDA back end of a build without CUDA.
#include "backends/cuda_backend.hpp"

namespace kgon::cuda {

bool is_built_in() {
  return false;
}

CudaInventory list_cuda_devices(const std::vector<int>&) {
  return {0, {}, "this program was built without CUDA"};
}

std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>&, const batches::BatchSettings&) {
  throw DeviceUnavailable(
      "this build of kgon has no CUDA: build it where nvcc is on the PATH, or use --device cpu");
}

}  // namespace kgon::cuda
