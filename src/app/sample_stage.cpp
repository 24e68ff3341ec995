#include "app/sample_stage.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

#include "app/common_options.hpp"
#include "app/progress.hpp"
#include "app/sample_checkpoint.hpp"
#include "app/sample_collector.hpp"
#include "engine/smc_island.hpp"
#include "io/digest.hpp"
#include "io/sample_result.hpp"

namespace kgon {
namespace {

// False where `control.stop` ended it.
bool compute(const SampleStage& stage, const SampleCollector& collector,
             SampleCheckpoint& checkpoint, const StageOutput& output, const Stopwatch& watch,
             RunControl& control) {
  const SamplePlan& plan = stage.expanded.plan;
  constexpr auto of_island = static_cast<double>(island_progress);
  control.member_steps = 0;
  const std::size_t left = total_islands(plan) - checkpoint.earlier_islands();
  {
    const Progress progress(control, of_island * static_cast<double>(left), output.quiet,
                            {"islands", of_island});
    const StageWatch look(control, checkpoint, output, stage.backend->description(), watch);
    stage.backend->sample(plan, checkpoint, control);
  }
  if (!collector.is_complete() && !control.stop)
    throw std::logic_error("the back end returned before every island was done");
  return collector.is_complete();
}

// The estimates of chains need the losses and phases of their draws again, a run at a time.
RunEstimate estimate(const SamplePlan& plan, std::span<SampleBlock> islands,
                     const SampleResultWriter& writer) {
  if (plan.is_markov())
    for (SampleBlock& island : islands) writer.read_draws(island);
  RunEstimate estimate = estimate_run(plan, islands);
  for (SampleBlock& island : islands) drop_draws(island);
  return estimate;
}

SampleFindings find(const SamplePlan& plan, std::vector<SampleBlock>&& blocks,
                    const SampleResultWriter& writer) {
  SampleFindings found;
  found.islands = std::move(blocks);
  const std::span<SampleBlock> all(found.islands);
  const std::size_t islands = plan.islands().count;
  for (std::size_t run = 0; run < plan.runs.size(); ++run)
    found.estimates.push_back(estimate(plan, all.subspan(run * islands, islands), writer));
  found.crossings = find_crossings(plan, found.estimates);
  found.constants = fit_constants(plan, found.estimates);
  return found;
}

// Stages of smc. At temperature t the losses of a regular posterior have a Gamma law of shape P /
// 2, so that t grows by a factor 1 + d from stage to stage where 1 / (1 + d^2 P / 2) is the
// conditional effective sample size. The first factor of e^2 comes at once: the prior's losses are
// that wide.
double usual_stages(const SamplePlan& plan, const SampleRun& run) {
  constexpr double at_once = 2;
  const double growth = std::sqrt((1 / plan.smc.ess - 1) / (plan.shape.parameter_count() / 2.0));
  return std::max(1.0, (std::log(run.beta * run.samples) - at_once) / std::log1p(growth));
}

}  // namespace

SampleStage prepare_sample(Study study, Shard shard) {
  ExpandedSample expanded = expand_sample(study, compiled_models(), shard);
  std::string hash = sample_study_hash(study, expanded.plan);
  std::string note;
  auto backend = open_backend(study, note);
  return {std::move(study), std::move(expanded), std::move(hash), std::move(backend),
          std::move(note)};
}

ResultIdentity identity_of(const SampleStage& stage) {
  const SamplePlan& plan = stage.expanded.plan;
  return {
      "sample", stage.study_hash, {plan.islands().first, plan.islands().count}, plan.smc.islands};
}

std::uint64_t total_islands(const SamplePlan& plan) {
  return plan.runs.size() * std::uint64_t{plan.islands().count};
}

std::optional<double> expected_leapfrogs(const SamplePlan& plan) {
  const double of_step = (plan.smc.leapfrogs + 1) / 2.0;  // uniform on 1..leapfrogs
  const auto islands = static_cast<double>(plan.islands().count);
  double steps = 0;
  if (plan.method == SampleMethod::nuts) return std::nullopt;
  if (plan.method == SampleMethod::hmc) {
    steps = static_cast<double>(plan.runs.size()) * plan.chains.chains *
            (plan.chains.warmup + static_cast<double>(plan.draws) * plan.chains.thin);
  } else if (plan.method == SampleMethod::tempering) {
    for (const SampleLadder& ladder : plan.ladders)
      steps += static_cast<double>(ladder.rungs.size()) * plan.tempering.chains * plan.smc.moves *
               (static_cast<double>(plan.tempering.warmup) + plan.tempering.rounds);
  } else {
    for (const SampleRun& run : plan.runs)
      steps += usual_stages(plan, run) * plan.smc.particles * plan.smc.moves;
  }
  return islands * steps * of_step;
}

std::uint64_t memory_bound(const SampleStage& stage) {
  // The program with its libraries and their caches, and what the writer has in hand.
  constexpr std::uint64_t of_program = std::uint64_t{64} << 20, of_writer = std::uint64_t{32} << 20;
  const SamplePlan& plan = stage.expanded.plan;
  return of_program + of_writer + sample_blocks_bytes(plan) + stage.backend->memory_estimate(plan);
}

SampleOutcome run_sample_stage(const SampleStage& stage, const StageOutput& output,
                               RunControl& control) {
  if (!stage.note.empty()) tell(output.quiet, stage.note);
  const SamplePlan& plan = stage.expanded.plan;
  SampleResultWriter writer(output.path, plan,
                            stage_metadata(stage.study, "sample", stage.study_hash,
                                           stage.backend->description(), output.command));
  SampleCollector collector(plan, writer);
  SampleCheckpoint checkpoint(plan, collector, output.path,
                              checkpoint_identity(stage.study, identity_of(stage)),
                              output.checkpoint);
  tell_resumed(output.path, checkpoint.earlier_seconds(), output.quiet);
  const Stopwatch watch;
  if (!compute(stage, collector, checkpoint, output, watch, control))
    end_stopped_stage(checkpoint, output, watch);
  SampleFindings found = find(plan, std::move(collector.blocks()), writer);
  SampleOutcome outcome;
  for (const SampleBlock& island : found.islands) outcome.leapfrogs += island.leapfrogs;
  before_naming(checkpoint, output, watch);
  outcome.wall_seconds = checkpoint.earlier_seconds() + watch.seconds();
  writer.put_wall_seconds(outcome.wall_seconds);
  writer.finish(found);
  if (output.removes_checkpoint) remove_checkpoint(output.path);
  outcome.estimates = std::move(found.estimates);
  outcome.crossings = std::move(found.crossings);
  outcome.constants = std::move(found.constants);
  outcome.digest = result_digest(output.path);
  return outcome;
}

}  // namespace kgon
