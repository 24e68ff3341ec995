// What the subcommands share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/checkpointing.hpp"
#include "app/key_flags.hpp"
#include "io/shard.hpp"

namespace CLI {
class App;
}

namespace kgon {

// Of every subcommand that runs stages.
struct StageOptions {
  // tables: those of the stages; their keys become flags.
  explicit StageOptions(const std::vector<std::string>& tables) : keys(tables) {}

  std::string study;                 // path, empty for none
  std::string output;                // -o
  std::optional<std::string> shard;  // "I/N" or "auto"; not there for all
  std::string command;               // the command line as typed, for the result file
  bool json = false;
  bool quiet = false;
  bool dry_run = false;
  bool overwrite = false;  // results of other studies too
  CheckpointOptions checkpoint;
  KeyFlags keys;

  // The part of --shard, all where it is not given. Throws UsageError.
  Shard requested_shard() const;
};

// The study of a command that runs the one stage `table`. Throws what read_study throws, and
// UsageError where the file has tables, but not this one.
Study read_stage_study(const StageOptions& options, const std::string& table);

// What the help says of -o and --shard.
struct StageHelp {
  std::string output;
  std::string members;  // what a shard is a part of
  bool needs_study = false;
};

// STUDY, -o, --overwrite, --shard, --resume, --checkpoint-every, --force-build, --watchdog, --json,
// --quiet, --dry-run and one flag per key.
void add_stage_options(CLI::App& command, StageOptions& options, const StageHelp& help);

inline constexpr const char* overwrite_help =
    "replace a kgon result of another study too; what is no kgon result is never replaced";

// The last line of what --dry-run prints, a comment like those before it.
inline constexpr const char* dry_run_end = "# nothing was run and nothing was written\n";

// Tells which part --shard auto has taken, and from where. Called once nothing is left to refuse.
void tell_shard(const StageOptions& options);

// A note to the user on stderr, unless `quiet`.
void tell(bool quiet, const std::string& sentence);

}  // namespace kgon
