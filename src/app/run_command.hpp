// `kgon run STUDY.toml -o DIR`: every stage that the study has.
#pragma once

#include "app/common_options.hpp"

namespace kgon {

// Adds the subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_run(CLI::App& app, std::function<int()>& action, const std::string& command_line);

// Writes DIR/study.toml (resolved), DIR/train.nc and, last, DIR/summary.json: where there is a
// summary, the three belong together. Returns the exit status. Throws what guarded() reports.
int run_run(const StageOptions& options);

}  // namespace kgon
