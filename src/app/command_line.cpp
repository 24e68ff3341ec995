#include "app/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "app/bench_command.hpp"
#include "app/critical_points.hpp"
#include "app/exit_code.hpp"
#include "app/file_commands.hpp"
#include "app/guard.hpp"
#include "app/info_commands.hpp"
#include "app/llc_command.hpp"
#include "app/run_command.hpp"
#include "app/sample_command.hpp"
#include "app/standard_output.hpp"
#include "app/train_command.hpp"
#include "io/keys.hpp"
#include "io/nearest.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

std::string joined(int count, const char* const* arguments) {
  std::string text = "kgon";
  for (int i = 1; i < count; ++i) text += fmt::format(" {}", arguments[i]);
  return text;
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// One sentence in our own words for what CLI11 could not parse.
std::string usage_sentence(CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  const CLI::App& command = parsed.empty() ? app : *parsed.front();
  const std::string help =
      parsed.empty() ? "kgon --help" : fmt::format("kgon {} --help", command.get_name());
  const std::vector<std::string> remaining = app.remaining(true);
  if (!remaining.empty()) {
    const std::string word = remaining.front().substr(0, 80);
    if (word.starts_with("-")) {
      const std::string flag = word.substr(0, word.find('='));
      for (const std::string& table : known_tables()) {
        const std::string plain = "--" + flag.substr(std::min(flag.size(), table.size() + 3));
        if (flag.starts_with("--" + table + "-") && command.get_option_no_throw(plain) != nullptr)
          return fmt::format(
              "{}: there is no such flag; only [{}] has this key, and its flag is {} "
              "(see {})",
              flag, table, plain, help);
      }
      if (!parsed.empty() && command.get_option_no_throw(flag) != nullptr)
        return fmt::format("{}: flags go behind the command: kgon {} {} ... (see {})", flag,
                           command.get_name(), flag, help);
      return fmt::format("{}: there is no such flag{} (see {})", flag,
                         nearest_hint(flag, flag_names(command)), help);
    }
    if (parsed.empty() && word == "report")
      return "report: that is tools/report, a program of its own in kgon's source";
    if (parsed.empty())
      return fmt::format("{}: there is no such command{} (see {})", word,
                         nearest_hint(word, command_names(app)), help);
    return fmt::format("{}: {} takes no such argument (see {})", word, command.get_name(), help);
  }
  std::string what = error.what();
  std::replace(what.begin(), what.end(), '\n', ' ');
  return fmt::format("{} (see {})", what, help);
}

// The help, or the version.
int print_asked(const CLI::App& app, const CLI::ParseError& asked) {
  std::ostringstream text;
  const int status = app.exit(asked, text, text);
  print_out(text.str());
  return status;
}

int parse_and_run(int count, const char* const* arguments) {
  CLI::App app("SGD trajectories, chains and posteriors of the Toy Model of Superposition", "kgon");
  std::function<int()> action;
  const std::string command_line = joined(count, arguments);
  app.require_subcommand(1);
  app.set_version_flag("--version", "kgon " KGON_VERSION, "print the version");
  setup_run(app, action, command_line);
  setup_train(app, action, command_line);
  setup_llc(app, action, command_line);
  setup_sample(app, action, command_line);
  setup_critical_points(app, action);
  setup_merge(app, action);
  setup_digest(app, action);
  setup_devices(app, action);
  setup_bench(app, action);
  setup_keys(app, action);
  setup_version(app, action);
  if (count < 2) {
    std::fputs(app.help().c_str(), stderr);
    return exit_status(ExitCode::wrong_use);
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return print_asked(app, error);
    throw UsageError(usage_sentence(app, error));
  }
  return action();
}

}  // namespace

int run_command_line(int count, const char* const* arguments) {
  return guarded([&] { return parse_and_run(count, arguments); });
}

}  // namespace kgon
