// The train stage: a plan goes in, a result file and its summary come out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/train_summary.hpp"
#include "io/cells.hpp"
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
  double wall_seconds = 0;  // of the computing, the writing along with it included
  std::string digest;       // of the result file
};

// Expands the study and opens its device. Throws UsageError, UnusableFile, DeviceUnavailable.
TrainStage prepare_train(Study study, Shard shard);

// Sum over all members of the shard; a double because it may pass 2^64.
double total_steps(const TrainPlan& plan);

// Upper bound of the memory that the stage takes, the program included, in bytes.
std::uint64_t memory_bound(const TrainStage& stage);

struct TrainOutput {
  std::string path;
  std::string command;  // the command line, for the file
  bool quiet = false;   // no progress line
  // Called once every member is done, before the file gets its name.
  std::function<void()> before_publishing = [] {};
};

// Runs the plan and writes the output. Throws Stopped where `control.stop` was set before every
// member was done (then nothing is written; later it changes nothing), DeviceFailure and IoError.
TrainOutcome run_train_stage(const TrainStage& stage, const TrainOutput& output,
                             RunControl& control);

// members_failed, with a sentence on stderr, where more than the study's max-failed of the members
// failed; else done.
int train_exit_status(const TrainStage& stage, const TrainOutcome& outcome);

}  // namespace kgon
