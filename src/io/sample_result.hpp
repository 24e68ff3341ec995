// Writes the result of `sample`: see sample_schema.hpp for what is in the file.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "io/part_file.hpp"
#include "io/sample_draws.hpp"
#include "io/sample_schema.hpp"

namespace kgon {

// FILE.part from the beginning, FILE after finish(). Draws are written as islands come, so that
// they need not stay in memory; the other arrays at the end, as the phases that are found are a
// dimension. Not thread-safe.
class SampleResultWriter {
 public:
  // Throws IoError at once where the file cannot be written or will not fit on the disk. `plan`
  // must live longer.
  SampleResultWriter(std::string path, const SamplePlan& plan, ResultMetadata metadata);
  // Without finish(): removes FILE.part and leaves an existing FILE as it was.
  ~SampleResultWriter();
  SampleResultWriter(const SampleResultWriter&) = delete;
  SampleResultWriter& operator=(const SampleResultWriter&) = delete;

  // Writes the draws of an island; each comes once, in any order. IoError; std::logic_error where
  // they do not fit the plan.
  void write(const SampleBlock& block);
  // Fills in loss, phase and hull_phase of the draws of an island that has been written. IoError.
  void read_draws(SampleBlock& block) const;

  // Adds the attribute of the root; before finish(). IoError.
  void put_wall_seconds(double seconds);

  // Writes the rest, closes, opens again and checks, fsyncs, renames to FILE, fsyncs the directory.
  // IoError; std::logic_error where `found` does not fit the plan or an island was not written.
  void finish(const SampleFindings& found);

 private:
  void check(const SampleFindings& found) const;

  const SamplePlan& plan_;
  const ResultMetadata metadata_;
  PartFile part_;
  std::unique_ptr<NetcdfFile> file_;  // open from the beginning: a lock on FILE.part
  std::optional<SampleDraws> draws_;  // of a plan that keeps any
  std::size_t written_ = 0;
};

}  // namespace kgon
