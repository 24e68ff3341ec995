// What the stages of a study have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "io/result_metadata.hpp"
#include "io/study.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {

struct StageOutput {
  std::string path;
  std::string command;  // the command line, for the file
  bool quiet = false;   // no progress line
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

// The exit status members_failed, with a sentence on stderr, where more than the study's max-failed
// of the members, which `what` names in the plural, failed; else done.
int failures_status(const Study& study, std::uint64_t failed, std::uint64_t members,
                    const std::string& what);

}  // namespace kgon
