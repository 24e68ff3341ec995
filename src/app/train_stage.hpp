// The train stage: a plan goes in, a result file and its summary come out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/stage.hpp"
#include "engine/train_summary.hpp"
#include "io/cells.hpp"
#include "io/result_identity.hpp"
#include "io/study.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// Everything that is known before the first step.
struct TrainStage {
  Study study;
  ExpandedStudy expanded;
  std::string study_hash;
  std::unique_ptr<Backend> backend;
  std::string note;  // a sentence for the user where `auto` takes the CPU
};

struct TrainOutcome {
  std::vector<CellSummary> cells;
  std::uint64_t members = 0;
  std::uint64_t failed = 0;
  // Of the computing, the writing along with it included, in earlier runs too; in the file.
  double wall_seconds = 0;
  std::string digest;  // of the result file
};

// Expands the study and opens its device. Throws UsageError, UnusableFile, DeviceUnavailable.
TrainStage prepare_train(Study study, Shard shard);

// Of the result that the stage writes, but for the text of the study.
ResultIdentity identity_of(const TrainStage& stage);

// Sum over all members of the shard; a double because it may pass 2^64.
double total_steps(const TrainPlan& plan);

// Upper bound of the memory that the stage takes, the program included, in bytes.
std::uint64_t memory_bound(const TrainStage& stage);

// Runs what output.checkpoint has not of the plan, and writes the output. Throws Stopped where
// `control.stop` was set before every member was done (then there is a checkpoint and no output;
// later it changes nothing), DeviceFailure, IoError, and what TrainCheckpoint throws.
TrainOutcome run_train_stage(const TrainStage& stage, const StageOutput& output,
                             RunControl& control);

// members_failed, with a sentence on stderr, where more than the study's max-failed of the members
// failed; else done.
int train_exit_status(const TrainStage& stage, const TrainOutcome& outcome);

}  // namespace kgon
