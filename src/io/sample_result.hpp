// Writes the result of `sample`: see sample_schema.hpp for what is in the file.
#pragma once

#include <memory>
#include <string>

#include "io/part_file.hpp"
#include "io/sample_schema.hpp"

namespace kgon {

// FILE.part from the beginning, FILE after finish(). The arrays are written at the end, as the
// phases that are found are a dimension. Not thread-safe.
class SampleResultWriter {
 public:
  // Throws IoError at once where the file cannot be written or will not fit on the disk. `plan`
  // must live longer.
  SampleResultWriter(std::string path, const SamplePlan& plan, ResultMetadata metadata);
  // Without finish(): removes FILE.part and leaves an existing FILE as it was.
  ~SampleResultWriter();
  SampleResultWriter(const SampleResultWriter&) = delete;
  SampleResultWriter& operator=(const SampleResultWriter&) = delete;

  // Adds the attribute of the root; before finish(). IoError.
  void put_wall_seconds(double seconds);

  // Writes everything, closes, opens again and checks, fsyncs, renames to FILE, fsyncs the
  // directory. IoError; std::logic_error where `found` does not fit the plan.
  void finish(const SampleFindings& found);

 private:
  void check(const SampleFindings& found) const;

  const SamplePlan& plan_;
  const ResultMetadata metadata_;
  PartFile part_;
  std::unique_ptr<NetcdfFile> file_;  // open from the beginning: a lock on FILE.part
};

}  // namespace kgon
