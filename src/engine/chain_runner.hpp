// What a back end does for the chains of `llc`: run them, nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/sorted_samples.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

// Chains around some sites, P parameters each.
struct ChainJob {
  ChainSettings settings{};
  std::uint32_t chains = 0;                    // per site
  std::vector<ChainSite> sites;                // ChainSite::data is an index in `data`
  std::vector<double> centers;                 // [sites, P]
  std::vector<const SortedSampleTable*> data;  // empty with the population loss
  const tms::PhaseLevels* levels = nullptr;
};

// [sites * chains] each, but for the trace.
struct ChainOutcome {
  std::vector<double> trace;  // [sites * chains, draws] loss less the site's; none for a pilot
  std::vector<MemberStatus> status;
  std::vector<std::uint64_t> failed_step;  // steps + 1 if none
  std::vector<std::uint64_t> accepted;
  std::vector<std::uint32_t> elsewhere, unnamed;
};

struct SitePhase {
  PhaseCode label = phase_other, hull_phase = phase_other;
  bool on_plateau = false;
};

class ChainRunner {
 public:
  virtual ~ChainRunner() = default;
  // Runs every chain from w* to its end; false if stopped, and then `outcome` holds nothing of use.
  // Adds the steps to control.member_steps. Throws DeviceFailure.
  virtual bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) = 0;
  // Label of w: [P], and whether it lies on that label's plateau.
  virtual SitePhase phase(const double* w, const tms::PhaseLevels& levels) const = 0;
  // Loss of w: [P], in double; data null: the population loss. Writes its gradient: [P].
  virtual double loss(const double* w, const SortedSampleTable* data, double* gradient) const = 0;
};

}  // namespace kgon
