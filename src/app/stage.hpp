// What the stages of a study have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/checkpointing.hpp"
#include "app/stage_checkpoint.hpp"
#include "app/watchdog.hpp"
#include "io/result_identity.hpp"
#include "io/result_metadata.hpp"
#include "io/study.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

struct StageOutput {
  std::string path;
  std::string command;  // the command line, for the file
  bool quiet = false;   // no progress line
  CheckpointOptions checkpoint = {};
  // The checkpoint goes once the result has its name; else the caller removes it.
  bool removes_checkpoint = true;
  // Called once every member is done, before the file gets its name.
  std::function<void()> before_publishing = [] {};
};

// The back end that the study asks for. `note` receives a sentence for the user where `auto` fell
// back to the CPU. Throws UsageError and DeviceUnavailable.
std::unique_ptr<Backend> open_backend(const Study& study, std::string& note);

// table: that of the stage, whose keys go into the file beside those at the top; command: the
// command line.
ResultMetadata stage_metadata(const Study& study, const std::string& table,
                              const std::string& study_hash, const std::string& device,
                              const std::string& command);

// Of the checkpoint of a stage whose result is `result`.
CheckpointIdentity checkpoint_identity(const Study& study, const ResultIdentity& result);

// Looks after a stage while it runs: has its checkpoint written, ends it where its device hangs.
class StageWatch {
 public:
  // All but `device`, the back end's description, must live longer.
  StageWatch(RunControl& control, StageCheckpoint& checkpoint, const StageOutput& output,
             const std::string& device, const Stopwatch& watch);

 private:
  CheckpointClock clock_;
  Watchdog watchdog_;
};

// Ends a stage that a signal has stopped: throws Stopped, once its checkpoint is written.
[[noreturn]] void end_stopped_stage(StageCheckpoint& checkpoint, const StageOutput& output,
                                    const Stopwatch& watch);
// Before the result of a stage gets its name: what StageOutput says is to be done then.
void before_naming(StageCheckpoint& checkpoint, const StageOutput& output, const Stopwatch& watch);

// With --resume, where `output` is that result already and nothing is left of a stopped run: says
// so, on stdout as `json` asks, and returns the exit status that its run had.
std::optional<int> status_if_complete(const Study& study, const std::string& output,
                                      const CheckpointOptions& options,
                                      const ResultIdentity& result, bool json, bool quiet);

// The exit status members_failed, with a sentence on stderr, where more than the study's max-failed
// of the members, which `what` names in the plural, failed; else done.
int failures_status(const Study& study, std::uint64_t failed, std::uint64_t members,
                    const std::string& what);
// The same of a result that an earlier run has completed; removes the lock that a kill between the
// result's name and the end of that run left.
int status_of_complete(const Study& study, const std::string& result);

}  // namespace kgon
