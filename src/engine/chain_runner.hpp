// What a back end does for the chains of `llc`: run them, nothing else.
#pragma once

#include <cstdint>
#include <functional>
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
  std::vector<std::uint32_t> elsewhere, unnamed, outside;
};

// The chains of a job between two of their steps.
struct ChainsOnTheWay {
  std::vector<std::uint64_t> step;  // [sites * chains] that are done
  std::vector<double> parameters;   // [sites * chains, P]; exact for float, too
  ChainOutcome outcome;             // so far
};

// Where the chains of a job go on from, and who wants to have them on their way.
struct ChainStates {
  const ChainsOnTheWay* earlier = nullptr;  // null: from w*
  std::function<bool()> is_wanted;          // empty: nobody
  std::function<void(ChainsOnTheWay&&)> hold;
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
  // The same, going on and handing out what is done, after a stop too. Runners whose jobs take
  // seconds begin at w* and hand out nothing.
  virtual bool run_on(const ChainJob& job, const ChainStates& /*states*/, ChainOutcome& outcome,
                      RunControl& control) {
    return run(job, outcome, control);
  }
  // Label of w: [P], and whether it lies on that label's plateau.
  virtual SitePhase phase(const double* w, const tms::PhaseLevels& levels) const = 0;
  // Loss of w: [P], in double; data null: the population loss. Writes its gradient: [P].
  virtual double loss(const double* w, const SortedSampleTable* data, double* gradient) const = 0;
};

}  // namespace kgon
