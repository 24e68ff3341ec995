// The one interface behind which the CPU and CUDA back ends stand.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kgon/engine/llc_block.hpp"
#include "kgon/engine/llc_plan.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"
#include "kgon/engine/train_block.hpp"
#include "kgon/engine/train_plan.hpp"
#include "kgon/engine/train_state.hpp"

namespace kgon {

// Receives finished blocks, in any order and from any thread; implementations lock.
class TrainSink {
 public:
  virtual ~TrainSink() = default;
  virtual void accept(TrainBlock&& block) = 0;
  // Members on their way, each time that RunControl::state_requests has grown and where a run is
  // stopped; accept() of the same members follows where it is not.
  virtual void hold(TrainState&& /*state*/) {}
  // What is there already and is not to be done again; the same as long as a run lasts.
  virtual const TrainProgress& earlier() const;
};

// The same for the sites of `llc`.
class LlcSink {
 public:
  virtual ~LlcSink() = default;
  virtual void accept(LlcBlock&& block) = 0;
  // Whether an earlier run has that site of the plan; the same as long as a run lasts.
  virtual bool has(std::size_t /*site*/) const { return false; }
  // Sites on their way, after RunControl::state_requests has grown and where a run is stopped.
  virtual void hold(LlcState&& /*state*/) {}
  // What an earlier run has held of sites that begin with that one; empty: nothing.
  virtual std::vector<std::byte> earlier_state(std::size_t /*first_site*/) const { return {}; }
};

// The same for the islands of `sample`.
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  virtual void accept(SampleBlock&& block) = 0;
  // Whether an earlier run has that island; the same as long as a run lasts.
  virtual bool has(std::size_t /*run*/, std::uint32_t /*island*/) const { return false; }
  // An island on its way, after RunControl::state_requests has grown.
  virtual void hold(SampleState&& /*state*/) {}
  // What an earlier run has held of that island; empty: nothing.
  virtual std::vector<std::byte> earlier_state(std::size_t /*run*/,
                                               std::uint32_t /*island*/) const {
    return {};
  }
};

// Shared between a running back end and the thread that watches it.
struct RunControl {
  std::atomic<bool> stop{false};               // set: leave within a fraction of a second
  std::atomic<std::uint64_t> member_steps{0};  // steps done so far, summed over members
  // Grows whenever the watcher wants the state of what is on its way; 0: never.
  std::atomic<std::uint64_t> state_requests{0};
  // Times that a thread began to wait for a device, and that such a wait was over.
  std::atomic<std::uint64_t> device_waits{0}, device_returns{0};
};

// A thread waits for a device as long as one lives: should the device hang, the watcher can tell.
class DeviceWait {
 public:
  explicit DeviceWait(RunControl& control) : control_(control) { ++control_.device_waits; }
  ~DeviceWait() { ++control_.device_returns; }
  DeviceWait(const DeviceWait&) = delete;
  DeviceWait& operator=(const DeviceWait&) = delete;

 private:
  RunControl& control_;
};

// No device of the kind asked for: exit code 69.
class DeviceUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A failed CUDA call or kernel: exit code 70.
class DeviceFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The most that the arithmetic of a device does, measured.
struct DeviceRoof {
  double flops = 0;  // additions and multiplications per second, of all the threads together
  unsigned threads = 0;
  std::string instructions;  // "avx2"
  std::string kernel;        // what ran, a clause
};

class Backend {
 public:
  virtual ~Backend() = default;
  // One line for summaries and result files, e.g. "cpu (avx2, 2 threads)".
  virtual std::string description() const = 0;
  // Upper bound of the host and device memory that `train` will take, in bytes, blocks that wait
  // in the sink included; the plan itself and the result file's writer are not.
  virtual std::uint64_t memory_estimate(const TrainPlan& plan) const = 0;
  // Runs every member of the plan's shard that sink.earlier() has not and hands each to `sink`
  // once. Returns early, with the blocks finished so far delivered, when `control.stop` is set.
  // Throws DeviceFailure.
  virtual void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) = 0;
  // Estimates every site of the plan and hands each to `sink` once; otherwise as `train`.
  virtual void estimate_llc(const LlcPlan& plan, LlcSink& sink, RunControl& control) = 0;
  // Bytes that such a run takes at a time on the device, without the sink's.
  virtual std::uint64_t memory_estimate(const LlcPlan& plan) const = 0;
  // Runs every island of the plan and hands each to `sink` once; otherwise as `train`.
  virtual void sample(const SamplePlan& plan, SampleSink& sink, RunControl& control) = 0;
  virtual std::uint64_t memory_estimate(const SamplePlan& plan) const = 0;
  // Does nothing but multiplications and additions in registers for that long, on `threads` threads
  // (0: all that a run has). Nothing where the back end has no kernel for it, as for a part of the
  // threads of a GPU.
  virtual std::optional<DeviceRoof> measure_roof(Precision, unsigned /*threads*/,
                                                 double /*seconds*/) {
    return std::nullopt;
  }
};

struct BackendRequest {
  std::string device = "auto";  // auto | cpu | cuda | cuda:0,1
  unsigned threads = 0;         // CPU threads; 0: one per core
  std::string instructions;     // "", "baseline", "avx2" or "avx512"; empty: the best there is
};

// One line per device, for `kgon devices`; the description says where a device cannot be used.
struct DeviceDescription {
  std::string name;  // cpu, cuda:0, ...
  std::string description;
  std::uint64_t memory_bytes = 0;
};

struct DeviceList {
  std::vector<DeviceDescription> devices;  // the CPU first
  // Why `cuda` is refused, a clause; empty where a CUDA device can be used.
  std::string why_no_cuda;
};

// Throws DeviceUnavailable with one sentence, std::invalid_argument for a malformed request.
// `note` receives a sentence where `auto` takes the CPU, with the reason, or leaves out a device.
std::unique_ptr<Backend> make_backend(const BackendRequest& request, std::string* note);
DeviceList list_devices();
// The CMake list of (hidden, features); every back end has all of them.
const std::vector<ModelShape>& compiled_models();

}  // namespace kgon
