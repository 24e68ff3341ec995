// The sample stage: a plan goes in, a result file and its estimates come out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/stage.hpp"
#include "engine/free_energy_fit.hpp"
#include "engine/sample_crossings.hpp"
#include "engine/sample_estimate.hpp"
#include "io/result_identity.hpp"
#include "io/sample_cells.hpp"
#include "io/study.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

// Everything that is known before the first step.
struct SampleStage {
  Study study;
  ExpandedSample expanded;
  std::string study_hash;
  std::unique_ptr<Backend> backend;
  std::string note;  // a sentence for the user where `auto` fell back to the CPU
};

struct SampleOutcome {
  std::vector<RunEstimate> estimates;  // [runs]
  std::vector<Crossing> crossings;
  std::vector<ConstantFit> constants;
  std::uint64_t leapfrogs = 0;  // of all particles
  double wall_seconds = 0;      // of the computing; in the file
  std::string digest;           // of the result file
};

// Expands the study and opens its device. Throws UsageError, DeviceUnavailable.
SampleStage prepare_sample(Study study, Shard shard);

// Of the result that the stage writes, but for the text of the study.
ResultIdentity identity_of(const SampleStage& stage);

// Of all runs, in this shard.
std::uint64_t total_islands(const SamplePlan& plan);

// Leapfrogs of all particles and chains, as far as they can be told before the first one: of hmc
// and tempering their mean over jittered lengths, of smc with the stages that a posterior usually
// takes. Nothing for nuts, whose trajectories find their own lengths.
std::optional<double> expected_leapfrogs(const SamplePlan& plan);

// Upper bound of the memory that the stage takes, the program included, in bytes. All draws stay in
// memory until they are written.
std::uint64_t memory_bound(const SampleStage& stage);

// Runs the plan and writes the output. Throws Stopped where `control.stop` was set before every
// island was done (then nothing is written; later it changes nothing), DeviceFailure and IoError.
SampleOutcome run_sample_stage(const SampleStage& stage, const StageOutput& output,
                               RunControl& control);

}  // namespace kgon
