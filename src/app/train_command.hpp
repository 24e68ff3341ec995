// `kgon train [STUDY.toml] [--KEY VALUE...] -o FILE.nc`
#pragma once

#include "app/common_options.hpp"

namespace kgon {

// Adds the subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_train(CLI::App& app, std::function<int()>& action, const std::string& command_line);

// Returns the exit status. Throws what guarded() reports.
int run_train(const StageOptions& options);

}  // namespace kgon
