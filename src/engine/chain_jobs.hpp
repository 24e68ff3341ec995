// The jobs of one task, one after the other, which another run may go on with.
#pragma once

#include <optional>
#include <vector>

#include "engine/chain_runner.hpp"
#include "engine/work_states.hpp"

namespace kgon {

// A task asks for the same jobs in every run, as each follows from the outcomes before it. So its
// state is those outcomes, and the chains of the job on its way.
class ChainJobs {
 public:
  // first_site, site_count: of the task; a state of other sites is not gone on with. DamagedBytes.
  ChainJobs(WorkStates states, std::size_t first_site, std::size_t site_count, ChainRunner& runner,
            RunControl& control);

  // The next job, or its outcome from an earlier run; false if stopped. is_last: the task has no
  // other job.
  bool run(const ChainJob& job, bool is_last, ChainOutcome& outcome);

 private:
  Bytes save(const ChainsOnTheWay& chains) const;

  WorkStates states_;
  const std::size_t first_site_, site_count_;
  ChainRunner& runner_;
  RunControl& control_;
  std::vector<ChainOutcome> done_;         // of the jobs before this one
  std::size_t next_ = 0;                   // the job to come; below done_.size(): it is done
  std::optional<ChainsOnTheWay> earlier_;  // of the first job that is not done
};

}  // namespace kgon
