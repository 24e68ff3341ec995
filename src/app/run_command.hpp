// `kgon run STUDY.toml -o DIR`: every stage that the study has.
#pragma once

#include <functional>
#include <string>

#include "app/common_options.hpp"

namespace kgon {

// Adds the subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_run(CLI::App& app, std::function<int()>& action, const std::string& command_line);

// Writes DIR/study.toml (resolved), DIR/train.nc, DIR/llc.nc and DIR/sample.nc, of the stages that
// the study has, and, last, DIR/summary.json: where there is a summary, they belong together.
// Returns the exit status. Throws what guarded() reports.
int run_run(const StageOptions& options);

}  // namespace kgon
