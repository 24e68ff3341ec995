// The CUDA back end: per device two batches at a time, so that one computes while the other's
// results travel.
#include "backends/cuda_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "backends/cuda/cuda_llc.hpp"
#include "backends/cuda/train_batch.hpp"

namespace kgon::cuda {
namespace {

constexpr unsigned batches_per_device = 2;
// Enough members to fill the largest device several times over; a larger batch gains nothing.
constexpr std::uint64_t largest_batch = 1u << 18;
// Fewer than this leave a device partly idle, so a plan is not cut into smaller batches.
constexpr std::uint64_t smallest_share = 1u << 16;

// Hands out the members of a plan in their flat order and keeps the first exception.
class Work {
 public:
  Work(std::uint64_t total, RunControl& control) : total_(total), control_(control) {}

  bool next(std::uint64_t most, std::uint64_t& first, std::uint32_t& count) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || taken_ == total_) return false;
    first = taken_;
    count = static_cast<std::uint32_t>(std::min(most, total_ - taken_));
    taken_ += count;
    return true;
  }
  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    control_.stop = true;
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::uint64_t total_;
  RunControl& control_;
  std::mutex mutex_;
  std::uint64_t taken_ = 0;
  std::exception_ptr error_;
};

// Members that one of the batches on the current device may hold.
template <class Members>
std::uint64_t batch_capacity(const TrainPlan& plan, std::uint64_t members, std::size_t devices) {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  const std::uint64_t fit =
      free / 10 * 9 / batches_per_device / Members::bytes_per_member(log_shape(plan));
  if (fit == 0) throw DeviceFailure("CUDA: not enough free device memory for a single trajectory");
  const std::uint64_t share = (members + devices - 1) / devices;
  const std::uint64_t even = share <= smallest_share ? share : (share + 1) / 2;
  return std::min({fit, largest_batch, std::max(even, std::uint64_t{1})});
}

template <int H, int C, class Real>
void train_on_device(int device, std::size_t devices, const TrainPlan& plan, Work& work,
                     TrainSink& sink, RunControl& control) {
  using Model = tms::Model<H, C>;
  check(cudaSetDevice(device), "cudaSetDevice");
  const DeviceCells<Model> cells(plan);
  const std::uint64_t members = plan.count * plan.cells.size();
  const auto capacity = static_cast<std::uint32_t>(
      batch_capacity<DeviceMembers<Model, Real>>(plan, members, devices));
  const auto run_batches = [&] {
    try {
      check(cudaSetDevice(device), "cudaSetDevice");
      std::uint64_t first;
      std::uint32_t count;
      if (!work.next(capacity, first, count)) return;
      TrainBatch<H, C, Real> batch(plan, cells, capacity);
      do {
        if (!batch.run(first, count, sink, control)) return;
      } while (work.next(capacity, first, count));
    } catch (...) {
      work.fail(std::current_exception());
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < batches_per_device; ++t) threads.emplace_back(run_batches);
  run_batches();
  for (std::thread& thread : threads) thread.join();
}

using DeviceFunction = void (*)(int, std::size_t, const TrainPlan&, Work&, TrainSink&, RunControl&);

DeviceFunction find_function(const ModelShape& shape, Precision precision) {
#define KGON_MODEL(h, c)                                                    \
  if (shape == ModelShape{h, c}) {                                          \
    return precision == Precision::float64 ? &train_on_device<h, c, double> \
                                           : &train_on_device<h, c, float>; \
  }
#include "kgon_models.inc"
#undef KGON_MODEL
  throw std::invalid_argument(
      fmt::format("hidden = {}, features = {} is not in this build", shape.hidden, shape.features));
}

class CudaBackend : public Backend {
 public:
  explicit CudaBackend(std::vector<int> devices, std::string description)
      : devices_(std::move(devices)), description_(std::move(description)) {}

  std::string description() const override { return description_; }

  std::uint64_t memory_estimate(const TrainPlan& plan) const override {
    const LogShape shape = log_shape(plan);
    const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
    const std::uint64_t real = plan.precision == Precision::float64 ? 8 : 4;
    const std::uint64_t member =
        (shape.kept_records + 1) * parameters * real + shape.records * 26 + max_visits * 10 + 32;
    const std::uint64_t members = plan.count * plan.cells.size();
    return member * std::min(members, largest_batch * batches_per_device * devices_.size());
  }

  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    const DeviceFunction run = find_function(plan.shape, plan.precision);
    Work work(plan.count * plan.cells.size(), control);
    std::vector<std::thread> threads;
    for (const int device : devices_) {
      threads.emplace_back([&, device] {
        try {
          run(device, devices_.size(), plan, work, sink, control);
        } catch (...) {
          work.fail(std::current_exception());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    work.rethrow();
  }

  void estimate_llc(const LlcPlan& plan, LlcSink& sink, RunControl& control) override {
    cuda::estimate_llc(plan, devices_, sink, control);
  }
  std::uint64_t memory_estimate(const LlcPlan& plan) const override {
    return llc_memory_estimate(plan);
  }

 private:
  std::vector<int> devices_;
  std::string description_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& devices) {
  const auto available = list_cuda_devices();
  if (available.empty()) {
    throw DeviceUnavailable("no CUDA device: no NVIDIA GPU or no driver here; use --device cpu");
  }
  std::vector<int> chosen = devices;
  if (chosen.empty()) {
    for (std::size_t k = 0; k < available.size(); ++k) chosen.push_back(static_cast<int>(k));
  }
  std::string description;
  for (const int device : chosen) {
    if (static_cast<std::size_t>(device) >= available.size()) {
      throw DeviceUnavailable(fmt::format("no CUDA device {}: this machine has {} (0 to {})",
                                          device, available.size(), available.size() - 1));
    }
    const DeviceDescription& found = available[static_cast<std::size_t>(device)];
    description += (description.empty() ? "" : "; ") + found.name + " (" + found.description + ")";
  }
  return std::make_unique<CudaBackend>(chosen, description);
}

}  // namespace kgon::cuda
