// What the subcommands share.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/key_flags.hpp"
#include "app/train_stage.hpp"

namespace CLI {
class App;
}

namespace kgon {

// Of every subcommand that runs stages.
struct StageOptions {
  std::string study;    // path, empty for none
  std::string output;   // -o
  std::string shard;    // "I/N", empty for all
  std::string command;  // the command line as typed, for the result file
  bool json = false;
  bool quiet = false;
  bool dry_run = false;
  KeyFlags keys;
};

// STUDY, -o, --shard, --json, --quiet, --dry-run and one flag per key.
void add_stage_options(CLI::App& command, StageOptions& options, const std::string& output_help);

// A note to the user on stderr, unless `quiet`.
void tell(bool quiet, const std::string& sentence);

// Expands the study and opens its device.
TrainStage prepare_stage(const StageOptions& options, Study study);

// Tells what the user should know of the stage. Called once nothing is left to refuse, so that a
// refusal is one sentence.
void tell_notes(const StageOptions& options, const TrainStage& stage);

// stdout: the dry run as text or JSON. Returns the exit status.
int print_dry_run(const StageOptions& options, const TrainStage& stage);

}  // namespace kgon
