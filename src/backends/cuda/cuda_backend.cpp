// The CUDA back end: batches of members on the devices of one machine.
#include "backends/cuda_backend.hpp"

#include <fmt/format.h>

#include "backends/batches/train_on_devices.hpp"
#include "backends/cuda/cuda_device.hpp"
#include "backends/cuda/cuda_llc.hpp"
#include "backends/cuda/cuda_roof.hpp"
#include "backends/cuda/cuda_sample.hpp"
#include "backends/with_model.hpp"

namespace kgon::cuda {
namespace {

using TrainFunction = void (*)(const std::vector<int>&, const TrainPlan&,
                               const batches::BatchSettings&, TrainSink&, RunControl&);

TrainFunction find_function(const ModelShape& shape, Precision precision) {
  return with_model(shape, precision, []<int H, int C, class Real>() -> TrainFunction {
    return &batches::train_on_devices<CudaDevice, H, C, Real>;
  });
}

class CudaBackend : public Backend {
 public:
  CudaBackend(std::vector<int> devices, std::string description,
              const batches::BatchSettings& settings)
      : devices_(std::move(devices)), description_(std::move(description)), settings_(settings) {}

  std::string description() const override { return description_; }

  std::uint64_t memory_estimate(const TrainPlan& plan) const override {
    return batches::memory_estimate(plan, devices_.size(), settings_);
  }

  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    find_function(plan.shape, plan.precision)(devices_, plan, settings_, sink, control);
  }

  void estimate_llc(const LlcPlan& plan, LlcSink& sink, RunControl& control) override {
    cuda::estimate_llc(plan, devices_, sink, control);
  }
  std::uint64_t memory_estimate(const LlcPlan& plan) const override {
    return llc_memory_estimate(plan);
  }

  void sample(const SamplePlan& plan, SampleSink& sink, RunControl& control) override {
    cuda::sample(plan, devices_, sink, control);
  }
  std::uint64_t memory_estimate(const SamplePlan& plan) const override {
    return sample_memory_estimate(plan);
  }

  // One thread of a device says nothing.
  std::optional<DeviceRoof> measure_roof(Precision precision, unsigned threads,
                                         double seconds) override {
    if (threads > 0) return std::nullopt;
    return cuda::measure_roof(devices_, precision, seconds);
  }

 private:
  std::vector<int> devices_;
  std::string description_;
  batches::BatchSettings settings_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& indices,
                                           const batches::BatchSettings& settings) {
  std::vector<int> devices;
  std::string description;
  for (const CudaDeviceState& device : choose_devices(list_cuda_devices(indices), indices)) {
    devices.push_back(device.index);
    description += fmt::format("{}{} ({})", description.empty() ? "" : "; ",
                               device.description.name, device.description.description);
  }
  return std::make_unique<CudaBackend>(std::move(devices), std::move(description), settings);
}

}  // namespace kgon::cuda
