// Writes the result of `train`: see train_schema.hpp for what is in the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/train_schema.hpp"
#include "kgon/engine/train_block.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Upper bound of the memory of a TrainResultWriter, in bytes.
std::uint64_t train_writer_bytes(const TrainPlan& plan);

// FILE.part while it is written, FILE after finish(). Not thread-safe: one thread at a time.
// Memory: a buffer for 32 MiB of the file (or one member, where that is more).
class TrainResultWriter {
 public:
  // Creates FILE.part with everything but the members. Throws IoError at once where the file
  // cannot be written or will not fit on the disk; std::invalid_argument for a plan without
  // members, cells or records.
  TrainResultWriter(std::string path, const TrainPlan& plan, const ResultMetadata& metadata);
  // Without finish(): removes FILE.part and leaves an existing FILE as it was.
  ~TrainResultWriter();
  TrainResultWriter(const TrainResultWriter&) = delete;
  TrainResultWriter& operator=(const TrainResultWriter&) = delete;

  // Blocks come in ascending order without a gap (see OrderedDrain), else std::logic_error.
  // IoError.
  void write(const TrainBlock& block);

  // Adds the attribute of the root; before finish(). IoError.
  void put_wall_seconds(double seconds);

  // Closes, opens again and checks, fsyncs, renames to FILE, fsyncs the directory. IoError;
  // std::logic_error while members are missing.
  void finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kgon
