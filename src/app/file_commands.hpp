// `kgon digest FILE` and `kgon merge FILE... -o FILE`: work on result files.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kgon {

struct DigestOptions {
  std::string file;
  bool json = false;
};

struct MergeOptions {
  std::vector<std::string> inputs;
  std::string output;
  bool overwrite = false;
  bool json = false;
  bool quiet = false;
};

// Each adds its subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_digest(CLI::App& app, std::function<int()>& action);
void setup_merge(CLI::App& app, std::function<int()>& action);

// Return the exit status. Throw what guarded() reports.
int run_digest(const DigestOptions& options);
int run_merge(const MergeOptions& options);

}  // namespace kgon
