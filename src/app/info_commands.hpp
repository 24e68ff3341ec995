// `kgon devices`, `kgon version` and `kgon keys`: what this program can do.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kgon {

// Each adds its subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_devices(CLI::App& app, std::function<int()>& action);
void setup_version(CLI::App& app, std::function<int()>& action);
void setup_keys(CLI::App& app, std::function<int()>& action);

// Return the exit status. Throw what guarded() reports.
int run_devices(bool json);
int run_version(bool json);
int run_keys(bool markdown);

}  // namespace kgon
