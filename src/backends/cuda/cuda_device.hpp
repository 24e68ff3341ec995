// A CUDA device as TrainBatch wants it.
#pragma once

#include <array>

#include "backends/batches/launch_pace.hpp"
#include "backends/cuda/device_array.hpp"
#include "train_kernels.hpp"

namespace kgon::cuda {

// Launches and copies one after the other, beside other queues.
class CudaQueue {
 public:
  operator cudaStream_t() const { return stream_; }

  void mark(unsigned k) { check(cudaEventRecord(marks_[k], stream_), "cudaEventRecord"); }
  void wait(unsigned k) { check(cudaEventSynchronize(marks_[k]), "a kernel of train"); }
  void synchronize() { stream_.synchronize(); }
  // The same where nobody can be told of a failure.
  void drain() noexcept { cudaStreamSynchronize(stream_); }

  // `rows` rows of `bytes` bytes, one right behind the other in `to`, `pitch` bytes apart in
  // `from`.
  void copy_rows(void* to, std::size_t bytes, const void* from, std::size_t pitch,
                 std::size_t rows) {
    check(cudaMemcpy2DAsync(to, bytes, from, pitch, bytes, rows, cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpy2D to the host");
  }
  // Host memory may go once the queue is synchronized.
  void put(void* to, const void* from, std::size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_),
          "cudaMemcpy to the device");
  }

 private:
  Stream stream_;
  std::array<Event, batches::queue_marks> marks_;
};

struct CudaDevice {
  template <class T>
  using Array = DeviceArray<T>;
  using Staging = PinnedBuffer;
  using Queue = CudaQueue;
  template <int H, int C, class Real>
  using Kernels = TrainKernels<H, C, Real>;
  using OutOfMemory = OutOfDeviceMemory;

  static void use(int device) { check(cudaSetDevice(device), "cudaSetDevice"); }
  // Uploads and memsets, which go through the default stream; queues are not waited for.
  static void synchronize() { check(cudaStreamSynchronize(nullptr), "an upload"); }
  static std::size_t free_bytes() {
    std::size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    return free;
  }
  // Shared memory that a block may ask for.
  static std::size_t scratch_bytes() {
    int device = 0, bytes = 0;
    check(cudaGetDevice(&device), "cudaGetDevice");
    check(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
          "cudaDeviceGetAttribute");
    return static_cast<std::size_t>(bytes);
  }
};

}  // namespace kgon::cuda
