// Takes the sites of a running llc stage from the threads of the back end.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "io/llc_result.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// Failed chains that are listed one by one; the others are only counted.
inline constexpr std::size_t max_listed_failures = 1000;

struct ChainFailures {
  struct Failure {
    MemberStatus cause = MemberStatus::ok;
    std::uint64_t step = 0;  // first step that failed
  };
  std::uint64_t count = 0;
  std::map<std::pair<std::size_t, std::uint32_t>, Failure> listed;  // by site and chain, the first
};

// Writes every block and keeps its estimates and failures; the draws do not stay in memory.
class LlcCollector : public LlcSink {
 public:
  LlcCollector(const LlcPlan& plan, LlcResultWriter& writer);

  // Any thread. IoError; std::logic_error for a block that does not fit the plan.
  void accept(LlcBlock&& block) override;

  // After the back end has returned.
  std::vector<LlcEstimate>& estimates() { return estimates_; }
  ChainFailures& failures() { return failures_; }

 private:
  void note_failures(const LlcBlock& block);

  const std::uint32_t chains_;
  LlcResultWriter& writer_;
  std::mutex mutex_;
  std::vector<LlcEstimate> estimates_;
  ChainFailures failures_;
};

}  // namespace kgon
