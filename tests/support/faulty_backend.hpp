// A back end that hands on the results of another one with a fault in them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kgon/engine/backend.hpp"

namespace kgon::test {

// Each may change a block, or return false to lose it.
struct Faults {
  std::function<bool(TrainBlock&)> train = [](TrainBlock&) { return true; };
  std::function<bool(LlcBlock&)> llc = [](LlcBlock&) { return true; };
  std::function<bool(SampleBlock&)> sample = [](SampleBlock&) { return true; };
  // Backend::measure_roof on that many threads.
  std::function<std::optional<DeviceRoof>(unsigned)> roof = [](unsigned) { return std::nullopt; };
};

class FaultyBackend : public Backend {
 public:
  FaultyBackend(Backend& sound, Faults faults) : sound_(sound), faults_(std::move(faults)) {}

  std::string description() const override { return sound_.description(); }
  std::uint64_t memory_estimate(const TrainPlan& plan) const override {
    return sound_.memory_estimate(plan);
  }
  std::uint64_t memory_estimate(const LlcPlan& plan) const override {
    return sound_.memory_estimate(plan);
  }
  std::uint64_t memory_estimate(const SamplePlan& plan) const override {
    return sound_.memory_estimate(plan);
  }
  void train(const TrainPlan& plan, TrainSink& sink, RunControl& control) override {
    Spoiler<TrainSink, TrainBlock> spoiler(sink, faults_.train);
    sound_.train(plan, spoiler, control);
  }
  void estimate_llc(const LlcPlan& plan, LlcSink& sink, RunControl& control) override {
    Spoiler<LlcSink, LlcBlock> spoiler(sink, faults_.llc);
    sound_.estimate_llc(plan, spoiler, control);
  }
  void sample(const SamplePlan& plan, SampleSink& sink, RunControl& control) override {
    Spoiler<SampleSink, SampleBlock> spoiler(sink, faults_.sample);
    sound_.sample(plan, spoiler, control);
  }
  std::optional<DeviceRoof> measure_roof(Precision, unsigned threads, double) override {
    return faults_.roof(threads);
  }

 private:
  template <class Sink, class Block>
  struct Spoiler : Sink {
    Spoiler(Sink& behind, const std::function<bool(Block&)>& by) : sink(behind), spoil(by) {}
    void accept(Block&& block) override {
      if (spoil(block)) sink.accept(std::move(block));
    }
    Sink& sink;
    const std::function<bool(Block&)>& spoil;
  };

  Backend& sound_;
  const Faults faults_;
};

}  // namespace kgon::test
