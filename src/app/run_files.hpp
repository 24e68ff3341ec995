// The files of `kgon run` in its directory, and which of those that are there may be replaced.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/result_identity.hpp"
#include "io/study.hpp"

namespace kgon {

struct RunFiles {
  std::string train, llc, sample, study, summary;

  static RunFiles in(const std::string& directory);
  // The results of the study's stages, in the order of the stages.
  std::vector<std::string> results_of(const Study& study) const;
};

// The stages of a study that a run goes through.
std::vector<std::string> tables_of(const Study& study);

// What a run is about to write.
struct NewRun {
  const Study& study;
  std::string study_file;  // that it reads
  std::string directory;
  std::optional<ResultIdentity> train = {};
  // Of llc the identity is open until the train stage is done, where its points come from there.
  std::optional<ResultIdentity> llc = {};
  std::optional<ResultIdentity> sample = {};
  bool overwrite = false;
};

// Throws UsageError where a file cannot be written, is an input, was not written by kgon, or,
// without `overwrite`, belongs to a run of another study.
void check_run_files(const NewRun& run, const RunFiles& files);

}  // namespace kgon
