// Keeps what a running llc stage has done, and gives back what an earlier one had.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/checkpointing.hpp"
#include "app/llc_collector.hpp"

namespace kgon {

class LlcCheckpoint : public LlcSink {
 public:
  // Opens what is there and hands its sites to `collector`, where every site goes. Throws as
  // open_checkpoint does.
  LlcCheckpoint(const LlcPlan& plan, LlcCollector& collector, const std::string& output,
                const CheckpointIdentity& identity, const CheckpointOptions& options);

  // Any thread.
  void accept(LlcBlock&& block) override;
  void hold(LlcState&& state) override;
  bool has(std::size_t site) const override { return has_[site]; }
  std::vector<std::byte> earlier_state(std::size_t first_site) const override;

  // Of a plan's sites, those of earlier runs.
  std::size_t earlier_sites() const { return earlier_sites_; }
  // Seconds that earlier runs have taken.
  double earlier_seconds() const { return earlier_seconds_; }
  bool is_kept() const { return checkpoint_ != nullptr; }
  // Everything so far, durably; `seconds` of this run. IoError.
  void write(double seconds);

 private:
  void take(std::span<const std::byte> bytes, const LlcPlan& plan);

  LlcCollector& collector_;
  std::vector<bool> has_;
  std::size_t earlier_sites_ = 0;
  double earlier_seconds_ = 0;
  std::unique_ptr<Checkpoint> checkpoint_;
  mutable std::mutex mutex_;
  std::map<std::size_t, Bytes> on_the_way_;  // by first site
};

}  // namespace kgon
