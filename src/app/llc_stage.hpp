// The llc stage: a plan goes in, a result file and its estimates come out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/llc_collector.hpp"
#include "app/stage.hpp"
#include "engine/llc_calibration.hpp"
#include "io/llc_cells.hpp"
#include "io/llc_schema.hpp"
#include "io/study.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// Everything that is known before the first step.
struct LlcStage {
  Study study;
  ExpandedLlc expanded;
  LlcPurpose purpose = LlcPurpose::estimate;
  std::string study_hash;
  std::unique_ptr<Backend> backend;
  std::string note;  // a sentence for the user where `auto` fell back to the CPU
};

// The cells of one point with one sampler and data set, and the one to take.
struct PointCalibration {
  std::vector<std::size_t> sites;
  CalibrationChoice choice;  // its cell is an index in `sites`
};

struct LlcOutcome {
  std::vector<LlcEstimate> estimates;  // [sites]
  ChainFailures failures;
  std::vector<PointCalibration> calibrations;  // of LlcPurpose::calibrate
  double wall_seconds = 0;  // of the computing and the writing along with it; in the file
  std::string digest;       // of the result file
};

// Expands the study and opens its device. Throws UsageError, UnusableFile, DeviceUnavailable.
LlcStage prepare_llc(Study study, Shard shard, LlcPurpose purpose, TrainSource train = {});

// The study with step-scale = 0.25, 0.5, 1, 2, 4 (mala and hmc: 0.25, 0.5, 1, 1.5), gamma = 1, 10,
// 100 and nbeta-scale = 0.5, 1, 2 where nobody said anything.
Study calibration_grid(Study study);

// Chains of the shard, and their steps in all with those that tune step sizes.
// Of the result that the stage writes, but for the text of the study.
ResultIdentity identity_of(const LlcStage& stage);

std::uint64_t total_chains(const LlcPlan& plan);
double total_steps(const LlcPlan& plan);

// The group that a site belongs to.
const LlcGroup& group_of(const LlcPlan& plan, std::size_t site);

// Upper bound of the memory that the stage takes, the program included, in bytes.
std::uint64_t memory_bound(const LlcStage& stage);

// Runs the plan and writes the output. Throws Stopped where `control.stop` was set before every
// site was done (then nothing is written; later it changes nothing), DeviceFailure and IoError.
LlcOutcome run_llc_stage(const LlcStage& stage, const StageOutput& output, RunControl& control);

// members_failed, with a sentence on stderr, where more than the study's max-failed of the chains
// failed; else done.
int llc_exit_status(const LlcStage& stage, const LlcOutcome& outcome);

}  // namespace kgon
