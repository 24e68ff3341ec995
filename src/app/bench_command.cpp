#include "app/bench_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "app/common_options.hpp"
#include "app/exit_code.hpp"
#include "app/guard.hpp"
#include "app/json_output.hpp"
#include "app/progress.hpp"
#include "app/stage.hpp"
#include "app/standard_output.hpp"
#include "app/stop_signal.hpp"
#include "io/nearest.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

constexpr ModelShape bench_shape{2, 6};
// Of a case's shortest run, where the sizes are the default ones.
constexpr double most_usual_seconds = 2;

// The flags that are no keys of a study, with the ranges of their values.
constexpr Key integer_flag(std::string_view name, std::int64_t low, std::int64_t high) {
  Key key;
  key.name = name;
  key.low = low;
  key.high = high;
  return key;
}
constexpr Key sizes_flag = integer_flag("sizes", 1, 100'000'000);
constexpr Key samples_flag = integer_flag("samples", 2, 134'217'728);
constexpr Key repeats_flag = integer_flag("repeats", 1, 1000);
constexpr Key seconds_flag = [] {
  Key key;
  key.name = "seconds";
  key.type = KeyType::real;
  key.open_low = true;
  key.real_high = 60;
  return key;
}();

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    words.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

Value checked(const Key& key, const std::string& text) {
  const Value value = parse_value(key, text, key.flag());
  check_value(key, value, key.flag());
  return value;
}

// Ascending, each once.
template <class T>
std::vector<T> integers_of(const Key& key, const std::string& list) {
  std::vector<T> values;
  for (const std::string& word : words_of(list))
    values.push_back(static_cast<T>(std::get<std::int64_t>(checked(key, word))));
  std::ranges::sort(values);
  const auto [end, last] = std::ranges::unique(values);
  values.erase(end, last);
  return values;
}

// In the order of bench_suites, each once.
std::vector<std::string> suites_of(const std::optional<std::string>& list) {
  if (!list) return bench_suites;
  const std::vector<std::string> words = words_of(*list);
  for (const std::string& word : words)
    if (std::ranges::find(bench_suites, word) == bench_suites.end())
      throw UsageError(fmt::format("--suite: '{}' is none of train, llc, sample{}", word,
                                   nearest_hint(word, bench_suites)));
  std::vector<std::string> chosen;
  for (const std::string& suite : bench_suites)
    if (std::ranges::find(words, suite) != words.end()) chosen.push_back(suite);
  return chosen;
}

bool is_cpu(const Backend& backend) {
  return backend.description().starts_with("cpu");
}

BenchPlan plan_of(const BenchOptions& options, const Study& study, const Backend& backend) {
  BenchPlan plan;
  plan.suites = suites_of(options.suites);
  BenchGrid& grid = plan.grid;
  grid.shape = bench_shape;
  grid.precision = study.text("precision") == "double" ? Precision::float64 : Precision::float32;
  grid.seed = static_cast<std::uint64_t>(study.integer("seed"));
  grid.samples = {1000, 5000};
  grid.llc_samples = {1000, 5000, 100'000};
  if (options.samples)
    grid.samples = grid.llc_samples = integers_of<std::uint32_t>(samples_flag, *options.samples);
  if (options.sizes) {
    grid.sizes = integers_of<std::uint64_t>(sizes_flag, *options.sizes);
  } else {
    if (is_cpu(backend)) grid.sizes = {256, 1024, 8192, 65'536};
    if (!is_cpu(backend)) grid.sizes = {1000, 10'000, 100'000, 1'000'000};
    plan.timing.most_seconds = most_usual_seconds;
  }
  plan.timing.seconds = std::get<double>(checked(seconds_flag, options.seconds));
  plan.timing.repeats =
      static_cast<std::uint32_t>(std::get<std::int64_t>(checked(repeats_flag, options.repeats)));
  return plan;
}

void check_model() {
  const std::vector<ModelShape>& models = compiled_models();
  if (std::ranges::find(models, bench_shape) == models.end())
    throw UsageError(
        "bench: it runs hidden = 2 and features = 6, which are not in this build; "
        "add 2x6 to the CMake option KGON_MODELS");
}

double load_average() {
  double load = -1;
  return getloadavg(&load, 1) == 1 ? load : -1;
}

// Runs one suite with a line of progress.
SuiteReport run_one(const BenchPlan& plan, const std::string& suite, const BenchDevices& devices,
                    bool quiet, RunControl& control) {
  RunControl shown;
  // The number of cases is known only when they run: parts of a million.
  constexpr double whole = 1e6;
  const Progress progress(shown, whole, quiet, {"suites", whole});
  const auto tell_progress = [&](std::size_t done, std::size_t all) {
    shown.member_steps =
        static_cast<std::uint64_t>(whole * static_cast<double>(done) / static_cast<double>(all));
  };
  SuiteReport report = run_suite({suite, plan.grid, plan.timing, tell_progress}, devices.backend,
                                 devices.reference, control);
  if (control.stop) throw Stopped("stopped by a signal; the suite that ran is not reported");
  return report;
}

}  // namespace

BenchOptions::BenchOptions()
    : keys(KeyFlags::of_keys({"device", "threads", "instructions", "precision", "seed"})) {}

void setup_bench(CLI::App& app, std::function<int()>& action) {
  const auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand(
      "bench", "time the workloads on this machine, once their results have proven right");
  command->add_option("--suite", options->suites, "which of train, llc, sample [all three]")
      ->type_name("SUITE,...");
  command
      ->add_option("--sizes", options->sizes,
                   "members side by side [CPU: 256,1024,8192,65536; CUDA: 1000,10000,100000,"
                   "1000000; of these, what takes more than two seconds a run is left out]")
      ->type_name("INTEGER,...");
  command
      ->add_option("--samples", options->samples, "n of the data sets [1000,5000; llc 100000 too]")
      ->type_name("INTEGER,...");
  command
      ->add_option("--seconds", options->seconds,
                   "of a repeat, at least [0.2], above 0 and at most 60")
      ->type_name("NUMBER");
  command
      ->add_option("--repeats", options->repeats, "of every case, interleaved [5], from 1 to 1000")
      ->type_name("INTEGER");
  command->add_flag("--json", options->json, "one JSON document on stdout instead of the tables");
  command->add_flag("--quiet", options->quiet,
                    "no tables, notes or progress; errors and --json stay");
  options->keys.add_to(*command);
  command->callback([options, &action] { action = [options] { return run_bench(*options); }; });
}

int run_bench(const BenchOptions& options) {
  const Study study = read_study("", options.keys.given());
  check_model();
  std::string note;
  const std::unique_ptr<Backend> backend = open_backend(study, note);
  const BenchPlan plan = plan_of(options, study, *backend);
  if (!note.empty()) tell(options.quiet, note);
  const std::unique_ptr<Backend> reference = make_backend({"cpu", 1, "baseline"}, nullptr);
  return run_bench_plan(plan, {*backend, *reference}, options.json, options.quiet);
}

int run_bench_plan(const BenchPlan& plan, const BenchDevices& devices, bool json, bool quiet) {
  const BenchMachine machine{devices.backend.description(), plan.grid.precision, plan.grid.shape,
                             load_average()};
  const auto show = [&](const std::string& text) {
    if (!json && !quiet) print_out(text);
  };
  show(bench_heading(machine, plan.timing));
  StopOnSignal signals;
  std::vector<SuiteReport> reports;
  ExitCode status = ExitCode::done;
  for (const std::string& suite : plan.suites) {
    reports.push_back(run_one(plan, suite, devices, quiet, signals.control()));
    show(bench_table(reports.back()));
    const Gate* failed = reports.back().failed_gate();
    if (failed == nullptr) continue;
    status = ExitCode::internal;
    fmt::print(stderr, "kgon: suite {} is not timed, because its results are wrong: {}: {}\n",
               suite, failed->name, failed->finding);
  }
  show(bench_notes());
  if (json) print_out(json_text(bench_json(machine, plan.timing, reports)));
  return exit_status(status);
}

}  // namespace kgon
