#include "backends/emulated_backend.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "backends/batches/train_on_devices.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::test {
namespace {

EmulatedDevices limits;
EmulatedUse use;
std::vector<std::uint64_t> device_launches;
bool is_device_lost = false, is_device_hanging = false;
std::mutex use_mutex;
thread_local int current_device = 0;

class OutOfHostMemory : public DeviceFailure {
 public:
  using DeviceFailure::DeviceFailure;
};

void count_bytes(std::uint64_t taken, std::uint64_t returned) {
  const std::lock_guard lock(use_mutex);
  use.bytes += taken - returned;
  use.most_bytes = std::max(use.most_bytes, use.bytes);
}

void count_allocation() {
  const std::lock_guard lock(use_mutex);
  const EmulatedFaults& faults = limits.faults;
  const std::uint64_t number = ++use.allocations;
  const bool is_later = number > faults.allocation && faults.memory_stays_full;
  if (faults.allocation == 0 || (number != faults.allocation && !is_later)) return;
  if (!std::exchange(use.has_failed, true)) faults.on_fault();
  throw OutOfHostMemory("no memory is left");
}

// On a real device, too, any call reports what an earlier launch has done.
void expect_device() {
  const std::lock_guard lock(use_mutex);
  if (is_device_lost && current_device == limits.faults.device)
    throw DeviceFailure(lost_device_sentence);
}

// Like a call that waits for what the device has been told to do.
void wait_for_device() {
  expect_device();
  std::unique_lock lock(use_mutex);
  while (is_device_hanging && current_device == limits.faults.device) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    lock.lock();
  }
}

void count_launch() {
  limits.before_launch();
  {
    const std::lock_guard lock(use_mutex);
    ++use.launches;
    if (use.has_failed) ++use.launches_after_that;
    const auto device = static_cast<std::size_t>(current_device);
    const bool is_failing =
        current_device == limits.faults.device && ++device_launches[device] == limits.faults.launch;
    if (is_failing) {
      (limits.faults.launch_hangs ? is_device_hanging : is_device_lost) = true;
      use.has_failed = true;
      limits.faults.on_fault();
    }
  }
  expect_device();
}

// Memory with something in it, as on a device.
template <class T>
class HostArray {
 public:
  HostArray() = default;
  explicit HostArray(std::size_t size) {
    count_allocation();
    if (size * sizeof(T) > limits.largest_array) throw OutOfHostMemory("the array is too large");
    values_.resize(size);
    if (size > 0) std::memset(static_cast<void*>(values_.data()), 0xa5, size * sizeof(T));
    count_bytes(size * sizeof(T), 0);
  }
  explicit HostArray(const std::vector<T>& values) : HostArray(values.size()) { values_ = values; }
  HostArray(HostArray&& other) noexcept { *this = std::move(other); }
  HostArray& operator=(HostArray&& other) noexcept {
    std::swap(values_, other.values_);
    return *this;
  }
  ~HostArray() { count_bytes(0, values_.size() * sizeof(T)); }

  T* data() const { return const_cast<T*>(values_.data()); }

 private:
  std::vector<T> values_;
};

struct HostStaging : HostArray<unsigned char> {
  using HostArray::HostArray;
  void* data() const { return HostArray::data(); }
};

struct HostQueue {
  void mark(unsigned) { expect_device(); }
  void wait(unsigned) { wait_for_device(); }
  void synchronize() { wait_for_device(); }
  void drain() noexcept {}
  void copy_rows(void* to, std::size_t bytes, const void* from, std::size_t pitch,
                 std::size_t rows) {
    expect_device();
    for (std::size_t r = 0; r < rows; ++r) {
      std::memcpy(static_cast<char*>(to) + r * bytes, static_cast<const char*>(from) + r * pitch,
                  bytes);
    }
  }
  void put(void* to, const void* from, std::size_t bytes) {
    expect_device();
    std::memcpy(to, from, bytes);
  }
};

// One slot after the other.
template <int H, int C, class Real>
struct HostKernels {
  using Model = tms::Model<H, C>;
  using Group = MemberGroup<Model, Real>;

  static void start(const Group& group, HostQueue&) {
    count_launch();
    for (std::uint32_t slot = 0; slot < group.count; ++slot) StartSlot<Model, Real>{group}(slot);
  }
  static void observe(const Group& group, HostQueue&) {
    count_launch();
    for (std::uint32_t slot = 0; slot < group.count; ++slot) ObserveSlot<Model, Real>{group}(slot);
  }
  static void advance(const Group& group, const AdvanceKind& kind, HostQueue&) {
    count_launch();
    with_advance_slot<Model, Real>(kind, [&]<Dataset Data, Batching Order, Drawing Draw>() {
      using Slot = AdvanceSlot<Model, Real, Data, Order, Draw>;
      // An odd number of threads in the block: strides that are no power of two.
      constexpr int threads = 3;
      std::vector<double> memory(Slot::scratch_bytes(kind.batch) * threads / sizeof(double) + 1);
      for (std::uint32_t slot = 0; slot < group.count; ++slot) {
        const BlockScratch scratch{reinterpret_cast<unsigned char*>(memory.data()),
                                   static_cast<int>(slot % threads), threads};
        Slot{group}(slot, scratch);
      }
    });
  }
};

struct HostDevice {
  template <class T>
  using Array = HostArray<T>;
  using Staging = HostStaging;
  using Queue = HostQueue;
  template <int H, int C, class Real>
  using Kernels = HostKernels<H, C, Real>;
  using OutOfMemory = OutOfHostMemory;

  static void use(int device) { current_device = device; }
  static void synchronize() { expect_device(); }
  static std::size_t free_bytes() { return std::size_t{1} << 40; }
  static std::size_t scratch_bytes() { return limits.scratch_bytes; }
};

class EmulatedBackend : public Backend {
 public:
  explicit EmulatedBackend(const EmulatedDevices& devices) : settings_(devices.settings) {
    for (int k = 0; k < devices.count; ++k) devices_.push_back(k);
  }
  std::string description() const override { return "device code on the host"; }
  std::uint64_t memory_estimate(const TrainPlan& plan) const override {
    return batches::memory_estimate(plan, devices_.size(), settings_);
  }
  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    if (plan.shape == ModelShape{2, 6}) return of_shape<2, 6>(plan, sink, control);
    if (plan.shape == ModelShape{3, 6}) return of_shape<3, 6>(plan, sink, control);
    throw std::invalid_argument("a model that the emulation does not have");
  }
  void estimate_llc(const LlcPlan&, LlcSink&, RunControl&) override {
    throw std::logic_error("chains are emulated by emulated_llc.hpp");
  }
  std::uint64_t memory_estimate(const LlcPlan&) const override { return 0; }
  void sample(const SamplePlan&, SampleSink&, RunControl&) override {
    throw std::logic_error("islands are emulated by emulated_sample.hpp");
  }
  std::uint64_t memory_estimate(const SamplePlan&) const override { return 0; }

 private:
  template <int H, int C>
  void of_shape(const TrainPlan& plan, TrainSink& sink, RunControl& control) {
    const auto train = plan.precision == Precision::float64
                           ? &batches::train_on_devices<HostDevice, H, C, double>
                           : &batches::train_on_devices<HostDevice, H, C, float>;
    train(devices_, plan, settings_, sink, control);
  }

  std::vector<int> devices_;
  batches::BatchSettings settings_;
};

}  // namespace

std::unique_ptr<Backend> make_emulated_backend(const EmulatedDevices& devices) {
  limits = devices;
  use = {};
  device_launches.assign(static_cast<std::size_t>(devices.count), 0);
  is_device_lost = is_device_hanging = false;
  return std::make_unique<EmulatedBackend>(devices);
}

EmulatedUse emulated_use() {
  const std::lock_guard lock(use_mutex);
  return use;
}

}  // namespace kgon::test
