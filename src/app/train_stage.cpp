#include "app/train_stage.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "app/common_options.hpp"
#include "app/progress.hpp"
#include "app/stage.hpp"
#include "app/train_checkpoint.hpp"
#include "engine/cell_settings.hpp"
#include "engine/ordered_drain.hpp"
#include "engine/train_remainder.hpp"
#include "io/cells.hpp"
#include "io/digest.hpp"
#include "io/train_result.hpp"

namespace kgon {
namespace {

// False where `control.stop` ended it.
bool compute(const TrainStage& stage, TrainCheckpoint& checkpoint, TrainResultWriter& writer,
             TrainSummary& summary, const StageOutput& output, const Stopwatch& watch,
             RunControl& control) {
  const TrainPlan& plan = stage.expanded.plan;
  OrderedDrain drain(
      plan,
      [&](const TrainBlock& block) {
        writer.write(block);
        summary.add(block);
      },
      control, {},
      [&](std::uint32_t cell, std::uint64_t first) {
        return checkpoint.earlier_block(cell, first);
      });
  checkpoint.pass_on_to(drain);
  const auto done = static_cast<double>(steps_done(plan, checkpoint.earlier()));
  {
    const Progress progress(control, total_steps(plan) - done, output.quiet);
    const StageWatch look(control, checkpoint, output, stage.backend->description(), watch);
    drain.start();
    stage.backend->train(plan, checkpoint, control);
  }
  const OrderedDrain::Outcome outcome = drain.finish();
  if (!outcome.complete && !control.stop)
    throw std::logic_error("the back end returned before every member was done");
  return outcome.complete;
}

}  // namespace

TrainStage prepare_train(Study study, Shard shard) {
  ExpandedStudy expanded = expand_study(study, compiled_models(), shard);
  std::string hash = study_hash(study, expanded.plan);
  std::string note;
  auto backend = open_backend(study, note);
  return {std::move(study), std::move(expanded), std::move(hash), std::move(backend),
          std::move(note)};
}

ResultIdentity identity_of(const TrainStage& stage) {
  const TrainPlan& plan = stage.expanded.plan;
  return {"train", stage.study_hash, {plan.first, plan.count}, plan.trajectories};
}

double total_steps(const TrainPlan& plan) {
  double steps = 0;
  for (const TrainCell& cell : plan.cells) steps += static_cast<double>(cell.steps);
  return steps * static_cast<double>(plan.count);
}

std::uint64_t memory_bound(const TrainStage& stage) {
  // The program with its libraries and their caches; a cell's settings, counts and report.
  constexpr std::uint64_t of_program = std::uint64_t{64} << 20, of_cell = 16 << 10;
  const TrainPlan& plan = stage.expanded.plan;
  std::uint64_t bytes = of_program;
  for (const TrainCell& cell : plan.cells)
    bytes += of_cell + 2 * 8 * (cell.start.size() + cell.record_steps.size());
  return bytes + stage.backend->memory_estimate(plan) + train_writer_bytes(plan);
}

// Of all blocks in a checkpoint.
std::uint64_t finished_bytes(const TrainPlan& plan) {
  std::uint64_t bytes = 0;
  for (const TrainCell& cell : plan.cells) bytes += block_member_bytes(plan, cell);
  return bytes * plan.count;
}

TrainOutcome run_train_stage(const TrainStage& stage, const StageOutput& output,
                             RunControl& control) {
  if (!stage.note.empty()) tell(output.quiet, stage.note);
  const TrainPlan& plan = stage.expanded.plan;
  TrainResultWriter writer(output.path, plan,
                           stage_metadata(stage.study, "train", stage.study_hash,
                                          stage.backend->description(), output.command));
  TrainSummary summary(plan);
  TrainCheckpoint checkpoint(
      plan, output.path, checkpoint_identity(stage.study, identity_of(stage)),
      with_room(output.checkpoint, output.path, result_bytes(plan) + finished_bytes(plan)));
  tell_resumed(output.path, checkpoint.earlier_seconds(), output.quiet);
  const Stopwatch watch;
  if (!compute(stage, checkpoint, writer, summary, output, watch, control))
    end_stopped_stage(checkpoint, output, watch);
  before_naming(checkpoint, output, watch);
  const double seconds = checkpoint.earlier_seconds() + watch.seconds();
  writer.put_wall_seconds(seconds);
  writer.finish();
  if (output.removes_checkpoint) remove_checkpoint(output.path);
  return {summary.cells(), summary.members(), summary.failed(), seconds,
          result_digest(output.path)};
}

int train_exit_status(const TrainStage& stage, const TrainOutcome& outcome) {
  return failures_status(stage.study, outcome.failed, outcome.members, "members");
}

}  // namespace kgon
