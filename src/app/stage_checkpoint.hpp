// What the checkpoints of all stages have in common.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/checkpointing.hpp"
#include "io/checkpoint.hpp"

namespace kgon {

class StageCheckpoint {
 public:
  StageCheckpoint(const StageCheckpoint&) = delete;
  StageCheckpoint& operator=(const StageCheckpoint&) = delete;

  bool is_kept() const { return checkpoint_ != nullptr; }
  // Seconds that earlier runs have taken.
  double earlier_seconds() const { return earlier_seconds_; }
  // Everything so far, durably; `seconds` of this run. Nothing where none is kept. Any thread.
  // IoError.
  void write(double seconds);

 protected:
  StageCheckpoint() = default;
  ~StageCheckpoint() = default;

  using Visit = std::function<void(const StoredBlock&, std::span<const std::byte>)>;

  // Opens what is there of the run into `output` where the options resume it, else begins a new
  // one in its place where they ask for one. Calls visit for every block, then take for every
  // state. A state that `take` cannot read (DamagedBytes) is left out: what it is of begins again.
  // That and damaged files are told on stderr. Throws as Checkpoint's constructor does.
  void open(const std::string& output, const CheckpointIdentity& identity,
            const CheckpointOptions& options, Visit visit,
            const std::function<void(const Bytes&)>& take);
  // False where the block could not be kept, which is told on stderr, or none is.
  bool append(const Bytes& block);
  Bytes read(const StoredBlock& block) const { return checkpoint_->read(block); }

 private:
  // Those of what is begun and not done. Any thread.
  virtual std::vector<Bytes> states() const = 0;

  double earlier_seconds_ = 0;
  std::unique_ptr<Checkpoint> checkpoint_;
};

}  // namespace kgon
