// Parallel tempering along a ladder in n: chains that sample the posteriors of neighbouring n
// exchange their places (Geyer 1991; the non-reversible scheme that tries the even pairs and the
// odd pairs in turn, Okabe et al. 2001, and Syed, Bouchard-Cote, Deligiannidis and Doucet 2022,
// arXiv 1905.02939).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/particle_runner.hpp"
#include "engine/sample_bytes.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

struct LadderTask {
  const SamplePlan* plan = nullptr;
  std::size_t ladder = 0;
  std::uint32_t island = 0;
  std::vector<const SortedSampleTable*> data;  // of each rung; null: the population loss
  WorkStates states = {};
};

// One of the ladder's runs, which are alike but for n.
const SampleRun& run_of(const SamplePlan& plan, const SampleLadder& ladder);

// Runs the chains of one island on every rung of a ladder, from draws of the prior; false if
// stopped. blocks: one for each rung that has a run, in their order; log_evidence is 0 in all, so
// that islands weigh the same. Swaps are decided on the host from the losses; step sizes adapt in
// the warm-up to target_acceptance, pooled over the chains of a rung. Adds island_progress for each
// block to control.member_steps.
bool run_ladder(const LadderTask& task,
                const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
                std::vector<SampleBlock>& blocks, RunControl& control);

}  // namespace kgon
