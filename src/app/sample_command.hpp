// `kgon sample [STUDY.toml] [--KEY VALUE...] -o FILE.nc`
#pragma once

#include <functional>
#include <string>

#include "app/common_options.hpp"
#include "app/sample_stage.hpp"

namespace kgon {

// Adds the subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_sample(CLI::App& app, std::function<int()>& action, const std::string& command_line);

// Returns the exit status. Throws what guarded() reports.
int run_sample(const StageOptions& options);

// Tells what the user should know of the stage. Called once nothing is left to refuse, so that a
// refusal is one sentence.
void tell_notes(const SampleStage& stage, bool quiet);

}  // namespace kgon
