// Writes the result of `llc`: see llc_schema.hpp for what is in the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/llc_schema.hpp"

namespace kgon {

// Bytes of the writer's buffer and of the marks of sites that have come, but for what a last block
// of losses goes beyond the buffer.
std::uint64_t llc_writer_bytes(const LlcPlan& plan);

// FILE.part while it is written, FILE after finish(). Not thread-safe: one thread at a time.
// Memory: blocks of at most 32 MiB together (or one block, where that is more).
class LlcResultWriter {
 public:
  // Creates FILE.part with everything but the estimates. Throws IoError at once where the file
  // cannot be written or will not fit on the disk. `expanded` need not live longer.
  LlcResultWriter(std::string path, const ExpandedLlc& expanded, const ResultMetadata& metadata,
                  LlcPurpose purpose);
  // Without finish(): removes FILE.part and leaves an existing FILE as it was.
  ~LlcResultWriter();
  LlcResultWriter(const LlcResultWriter&) = delete;
  LlcResultWriter& operator=(const LlcResultWriter&) = delete;

  // Blocks come in any order, every site once, else std::logic_error. IoError.
  void write(LlcBlock&& block);

  // All sites have come.
  bool is_complete() const;

  // Adds the attribute of the root; before finish(). IoError.
  void put_wall_seconds(double seconds);

  // recommended, reasons: [sites] of a calibration, else empty; a reason where there is one.
  // Closes, opens again and checks, fsyncs, renames to FILE, fsyncs the directory. IoError;
  // std::logic_error while sites are missing.
  void finish(const std::vector<std::int8_t>& recommended = {},
              const std::vector<std::string>& reasons = {});

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kgon
