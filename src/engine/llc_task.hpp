// The work on neighbouring sites of a plan, from curvature to estimates, on any back end's runner.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "engine/chain_runner.hpp"
#include "engine/work_states.hpp"
#include "kgon/engine/llc_block.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

// lambda of the catalogue's phases, where the theory gives it. Empty for hidden != 2.
using PhaseLambdas = std::map<PhaseCode, double>;
PhaseLambdas phase_lambdas(const ModelShape& shape);

struct LlcTask {
  const LlcPlan* plan = nullptr;
  const LlcGroup* group = nullptr;
  std::size_t first_site = 0, site_count = 0;  // of the group
  // Sorted samples by LlcSite::data, for every data set that the sites name.
  std::map<std::uint32_t, const SortedSampleTable*> data;
  const PhaseLambdas* lambdas = nullptr;
  unsigned threads = 1;  // for the work on the host: curvatures and diagnostics
  WorkStates states = {};
};

// Runs pilots where step sizes are tuned, then the chains, then those at half the step where
// asked for. False if stopped; `block` is complete otherwise.
bool run_llc_task(const LlcTask& task, ChainRunner& runner, LlcBlock& block, RunControl& control);

// Steps that the chains of a group take in all, pilots included, for progress and --dry-run.
std::uint64_t llc_steps(const LlcPlan& plan, const LlcGroup& group);

// What the samplers are told of a group; `pilot`: the rounds that tune a step size.
ChainSettings chain_settings(const LlcGroup& group, bool pilot);

}  // namespace kgon
