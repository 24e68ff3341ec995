// What a run leaves so that another one can go on from there: beside FILE.nc
//   FILE.nc.blocks           every finished block (BlockLog)
//   FILE.nc.checkpoint       the states of what is on its way, written whole each time
//   FILE.nc.checkpoint.old   the generation before
// Blocks and states are pure functions of the study: any of them may be missing or older than the
// others, and is then computed again.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/block_log.hpp"

namespace kgon {

// Whether any of those files is there.
bool has_checkpoint(const std::string& output);
// Removes them; what cannot be removed stays.
void remove_checkpoint(const std::string& output);

// What is in a checkpoint beside its blocks.
struct CheckpointStates {
  double seconds = 0;         // that the runs so far have taken
  std::vector<Bytes> states;  // of what is on its way
};

// Thread-safe. The caller holds the lock on FILE.nc.part.
class Checkpoint {
 public:
  // A new one, where there is none.
  Checkpoint(const std::string& output, const CheckpointIdentity& identity);

  struct Opening {
    bool any_build = false;  // of another build of the program too
    // Called for every block of the log, as BlockLog::open does.
    std::function<void(const StoredBlock&, std::span<const std::byte>)> visit;
    std::function<void(const std::string&)> warn;  // a sentence on what is damaged
  };
  // The one that is there, or a new one. UsageError where it is that of another study, seed, shard
  // or build; UnusableFile where its blocks are no log of kgon's.
  Checkpoint(const std::string& output, const CheckpointIdentity& identity, const Opening& opening);

  // Of what was there; the states are given away.
  CheckpointStates take_states() { return std::move(states_); }
  Bytes read(const StoredBlock& block) const;

  // Whether the block is kept. IoError where it could not be; from then on blocks are left out, and
  // nothing more is said of them, until a write() has gone well.
  bool append(std::span<const std::byte> block);
  // Everything that was appended is on the disk, and the states, as a new generation. IoError; then
  // the generation before is still there.
  void write(const CheckpointStates& states);

 private:
  void open_blocks(const Opening& opening);
  std::uint64_t make_blocks_durable();
  std::uint64_t open_states(const Opening& opening);
  void refuse_other(const std::string& path, const CheckpointIdentity& earlier,
                    const Opening& opening) const;
  std::uint64_t read_states(const std::string& path, const Opening& opening);

  const std::string output_, current_, older_, fresh_;
  const CheckpointIdentity identity_;
  std::mutex writing_mutex_;  // one generation at a time
  mutable std::mutex blocks_mutex_;
  std::optional<BlockLog> blocks_;
  bool leaves_blocks_out_ = false;
  bool is_current_sound_ = false;  // worth becoming the older generation
  CheckpointStates states_;
};

}  // namespace kgon
