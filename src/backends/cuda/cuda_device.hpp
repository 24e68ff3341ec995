// Memory, page-locked memory and streams of a CUDA device, as TrainBatch wants them.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "backends/batches/launch_pace.hpp"
#include "device_failure.hpp"
#include "train_kernels.hpp"

namespace kgon::cuda {

// Owns `size` elements on the device that is current when it is made.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  explicit DeviceArray(std::size_t size) {
    if (size > 0)
      check(cudaMalloc(reinterpret_cast<void**>(&data_), size * sizeof(T)), "cudaMalloc");
  }
  // The copy may go on after this returns.
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    if (!values.empty()) {
      check(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
            "cudaMemcpy to the device");
    }
  }
  DeviceArray(DeviceArray&& other) noexcept { *this = std::move(other); }
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data_); }

  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

// Page-locked host memory, for copies that run beside kernels.
class PinnedBuffer {
 public:
  explicit PinnedBuffer(std::size_t bytes) {
    check(cudaMallocHost(&data_, bytes), "cudaMallocHost");
  }
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;
  ~PinnedBuffer() { cudaFreeHost(data_); }

  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

// Who waits for it sleeps: several batches per device wait most of the time, and the processor has
// results to write.
class Event {
 public:
  Event() {
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync),
          "cudaEventCreate");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event_); }
  operator cudaEvent_t() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

class Stream {
 public:
  Stream() {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { cudaStreamDestroy(stream_); }
  operator cudaStream_t() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

// Launches and copies one after the other, beside other queues.
class CudaQueue {
 public:
  operator cudaStream_t() const { return stream_; }

  void mark(unsigned k) { check(cudaEventRecord(marks_[k], stream_), "cudaEventRecord"); }
  void wait(unsigned k) { check(cudaEventSynchronize(marks_[k]), "a kernel of train"); }
  void synchronize() { check(cudaStreamSynchronize(stream_), "a kernel of train"); }
  // The same where nobody can be told of a failure.
  void drain() noexcept { cudaStreamSynchronize(stream_); }

  // `rows` rows of `bytes` bytes, one right behind the other in `to`, `pitch` bytes apart in
  // `from`.
  void copy_rows(void* to, std::size_t bytes, const void* from, std::size_t pitch,
                 std::size_t rows) {
    check(cudaMemcpy2DAsync(to, bytes, from, pitch, bytes, rows, cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpy2D to the host");
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
  static void synchronize() { check(cudaDeviceSynchronize(), "cudaDeviceSynchronize"); }
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
