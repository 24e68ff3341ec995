#include "app/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/output_path.hpp"
#include "io/toml_file.hpp"

namespace kgon {
namespace {

namespace fs = std::filesystem;

bool is_same_study(const Study& a, const Study& b) {
  const std::vector<std::string> tables = tables_of(a);
  return tables == tables_of(b) && std::ranges::all_of(tables, [&](const std::string& table) {
           return have_same_settings(a, b, table);
         });
}

// Whether a summary is one of kgon's.
bool is_summary(const std::string& path) {
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file, nullptr, false);
  const std::vector<std::string> stages = known_tables();
  return std::ranges::any_of(stages, [&](const std::string& stage) {
    return json.is_object() && json.contains(stage) && json[stage].is_object() &&
           json[stage].contains("study_hash");
  });
}

[[noreturn]] void refuse_foreign(const std::string& path) {
  refuse_output(path,
                "exists and was not written by kgon run; take another directory or remove it");
}

// A study that kgon resolved reads back as itself; one of another version is known by its summary.
void check_study_file(const NewRun& run, const RunFiles& files) {
  if (!fs::exists(files.study)) return;
  const std::string text = read_toml_text(files.study);
  if (text == resolved_toml(run.study, tables_of(run.study))) return;
  std::error_code error;
  if (fs::equivalent(run.study_file, files.study, error))
    refuse_output(run.directory,
                  fmt::format("the resolved study would overwrite {}", run.study_file));
  const std::optional<Study> earlier = stored_study(text);
  const bool is_resolved = earlier && resolved_toml(*earlier, tables_of(*earlier)) == text;
  if (!is_resolved && !is_summary(files.summary)) refuse_foreign(files.study);
  if (run.overwrite || (earlier && is_same_study(*earlier, run.study))) return;
  refuse_output(run.directory,
                "holds the run of another study; take another directory or give --overwrite");
}

void check_results(const NewRun& run, const RunFiles& files) {
  if (run.train) check_replacement(files.train, run.overwrite, *run.train);
  if (run.sample) check_replacement(files.sample, run.overwrite, *run.sample);
  if (run.llc) {
    check_replacement(files.llc, run.overwrite, *run.llc);
  } else if (run.study.has("llc")) {
    check_replacement(files.llc, run.overwrite, [&run](const ResultIdentity& earlier) {
      const std::optional<Study> study = stored_study(earlier.study_text);
      return earlier.stage == "llc" && study && have_same_settings(*study, run.study, "llc");
    });
  }
}

}  // namespace

RunFiles RunFiles::in(const std::string& directory) {
  const fs::path base(directory);
  return {base / "train.nc", base / "llc.nc", base / "sample.nc", base / "study.toml",
          base / "summary.json"};
}

std::vector<std::string> RunFiles::results_of(const Study& study) const {
  std::vector<std::string> results;
  if (study.has("train")) results.push_back(train);
  if (study.has("llc")) results.push_back(llc);
  if (study.has("sample")) results.push_back(sample);
  return results;
}

std::vector<std::string> tables_of(const Study& study) {
  std::vector<std::string> tables = known_tables();
  std::erase_if(tables, [&](const std::string& table) { return !study.has(table); });
  return tables;
}

void check_run_files(const NewRun& run, const RunFiles& files) {
  check_place(files.study);
  check_place(files.summary);
  std::vector<std::string> inputs;
  for (const char* key : {"train.init", "llc.at"})
    for (const Value& point : run.study.at(key).values)
      inputs.push_back(std::get<std::string>(point));
  check_output_file(files.train, inputs);
  check_output_file(files.llc, inputs);
  check_output_file(files.sample, inputs);
  if (fs::exists(files.summary) && !is_summary(files.summary)) refuse_foreign(files.summary);
  check_study_file(run, files);
  check_results(run, files);
}

}  // namespace kgon
