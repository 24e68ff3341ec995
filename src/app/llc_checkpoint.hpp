// Keeps what a running llc stage has done, and gives back what an earlier one had.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/llc_collector.hpp"
#include "app/stage_checkpoint.hpp"

namespace kgon {

class LlcCheckpoint final : public LlcSink, public StageCheckpoint {
 public:
  // Opens what is there and hands its sites to `collector`, where every site goes. Throws as
  // StageCheckpoint::open does.
  LlcCheckpoint(const LlcPlan& plan, LlcCollector& collector, const std::string& output,
                const CheckpointIdentity& identity, const CheckpointOptions& options);

  // Any thread.
  void accept(LlcBlock&& block) override;
  void hold(LlcState&& state) override;
  bool has(std::size_t site) const override { return has_[site]; }
  std::vector<std::byte> earlier_state(std::size_t first_site) const override;

  // Of a plan's sites, those of earlier runs.
  std::size_t earlier_sites() const { return earlier_sites_; }

 private:
  std::vector<Bytes> states() const override;
  void take(std::span<const std::byte> bytes, const LlcPlan& plan);

  LlcCollector& collector_;
  std::vector<bool> has_;
  std::size_t earlier_sites_ = 0;
  mutable std::mutex mutex_;
  std::map<std::size_t, Bytes> on_the_way_;  // by first site
};

}  // namespace kgon
