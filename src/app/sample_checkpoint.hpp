// Keeps what a running sample stage has done, and gives back what an earlier one had.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/sample_collector.hpp"
#include "app/stage_checkpoint.hpp"

namespace kgon {

class SampleCheckpoint final : public SampleSink, public StageCheckpoint {
 public:
  // Opens what is there and hands its islands to `collector`, where every island goes. Throws as
  // StageCheckpoint::open does.
  SampleCheckpoint(const SamplePlan& plan, SampleCollector& collector, const std::string& output,
                   const CheckpointIdentity& identity, const CheckpointOptions& options);

  // Any thread.
  void accept(SampleBlock&& block) override;
  void hold(SampleState&& state) override;
  bool has(std::size_t run, std::uint32_t island) const override {
    return has_.contains({run, island});
  }
  std::vector<std::byte> earlier_state(std::size_t run, std::uint32_t island) const override;

  // Of a plan's islands, those of earlier runs.
  std::size_t earlier_islands() const { return has_.size(); }

 private:
  using Island = std::pair<std::size_t, std::uint32_t>;  // run and island

  std::vector<Bytes> states() const override;
  void take(std::span<const std::byte> bytes, const SamplePlan& plan);

  SampleCollector& collector_;
  std::set<Island> has_;
  mutable std::mutex mutex_;
  std::map<Island, Bytes> on_the_way_;
};

}  // namespace kgon
