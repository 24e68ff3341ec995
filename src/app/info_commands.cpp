#include "app/info_commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/exit_code.hpp"
#include "app/json_output.hpp"
#include "app/program_build.hpp"
#include "app/progress.hpp"
#include "app/standard_output.hpp"
#include "io/keys.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {
namespace {

using Json = nlohmann::ordered_json;

#if defined(__clang__)
constexpr const char* compiler = __VERSION__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelShape& shape : compiled_models())
    names.push_back(fmt::format("{}x{}", shape.hidden, shape.features));
  return names;
}

// A subcommand with one switch.
void setup_switch(CLI::App& app, std::function<int()>& action, const char* name, const char* help,
                  const char* flag, const char* flag_help, int (*run)(bool)) {
  const auto given = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(name, help);
  command->add_flag(flag, *given, flag_help);
  command->callback([given, run, &action] { action = [given, run] { return run(*given); }; });
}

}  // namespace

void setup_devices(CLI::App& app, std::function<int()>& action) {
  setup_switch(app, action, "devices", "list the devices that can be used", "--json",
               "one JSON document on stdout", run_devices);
}

void setup_version(CLI::App& app, std::function<int()>& action) {
  setup_switch(app, action, "version", "print the version and how this program was built", "--json",
               "one JSON document on stdout", run_version);
}

void setup_keys(CLI::App& app, std::function<int()>& action) {
  setup_switch(app, action, "keys", "print every key of a study file, its default and its range",
               "--markdown", "as the tables of the README", run_keys);
}

int run_devices(bool json) {
  const auto [devices, why] = list_devices();
  if (json) {
    Json list = Json::array();
    for (const DeviceDescription& device : devices)
      list.push_back({{"name", device.name},
                      {"description", device.description},
                      {"memory_bytes", device.memory_bytes}});
    print_out(json_text(
        Json{{"devices", list}, {"no_cuda_device", why.empty() ? Json(nullptr) : Json(why)}}));
  } else {
    std::string text;
    for (const DeviceDescription& device : devices)
      text += fmt::format("{:<8} {}{}\n", device.name, device.description,
                          device.memory_bytes == 0
                              ? ""
                              : ", " + short_bytes(static_cast<double>(device.memory_bytes)));
    // Devices that cannot be used are in the list, with the reason.
    if (devices.size() == 1 && !why.empty()) text += fmt::format("no CUDA device: {}\n", why);
    print_out(text);
  }
  return exit_status(ExitCode::done);
}

int run_version(bool json) {
  const bool cuda = KGON_WITH_CUDA != 0;
  if (json) {
    Json document = {
        {"version", KGON_VERSION},  {"compiler", compiler}, {"build_type", KGON_BUILD_TYPE},
        {"build", program_build()}, {"cuda", cuda},         {"models", model_names()}};
    print_out(json_text(document));
  } else {
    print_out(
        fmt::format("kgon {}\ncompiler {}\nbuild {}, id of its code {}\nCUDA {}\nmodels (hidden x "
                    "features) {}\n",
                    KGON_VERSION, compiler, KGON_BUILD_TYPE, program_build(), cuda ? "yes" : "no",
                    fmt::join(model_names(), ", ")));
  }
  return exit_status(ExitCode::done);
}

int run_keys(bool markdown) {
  print_out(markdown ? keys_markdown() : keys_text());
  return exit_status(ExitCode::done);
}

}  // namespace kgon
