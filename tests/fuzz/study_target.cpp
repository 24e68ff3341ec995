// libFuzzer on everything from the bytes of a study to the plans of its stages; nothing is run.
// Beyond memory and undefined behaviour: a refusal is one sentence, and what is accepted says so
// again when it is written out and read once more.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "io/cells.hpp"
#include "io/errors.hpp"
#include "io/llc_cells.hpp"
#include "io/sample_cells.hpp"
#include "io/study.hpp"
#include "io/usage_error.hpp"

namespace {

using namespace kgon;

const std::vector<ModelShape> compiled{{2, 4}, {2, 5}, {2, 6}, {2, 8}, {3, 6}};

void demand(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "study target: %s\n", what);
  std::abort();
}

// Runs `action`; false where it refuses.
template <class Action>
bool is_accepted(Action action) {
  try {
    action();
    return true;
  } catch (const UsageError& error) {
    const std::string_view what = error.what();
    demand(!what.empty() && what.find('\n') == what.npos, "a refusal is not one line");
    demand(what.size() < 4096, "a refusal is very long");
    return false;
  } catch (const UnusableFile&) {
    return false;
  }
}

// Large studies are no fault, but a fuzzer that waits for them finds none: lists, and keys whose
// numbers are memory or time while the plan is made.
bool is_small(const Study& study) {
  double cells = 1;
  for (const Setting& setting : study.settings()) {
    cells *= static_cast<double>(setting.values.size());
    for (const Value& value : setting.values) {
      const auto* text = std::get_if<std::string>(&value);
      // The file system is not what is tested here.
      if (text && text->ends_with(".nc")) return false;
    }
  }
  return cells <= 200 && study.integer("train.records") <= 5000 &&
         study.integer("sample.datasets") <= 200;
}

void expand(const Study& study) {
  if (study.has("train"))
    is_accepted([&] { study_hash(study, expand_study(study, compiled).plan); });
  if (study.has("llc")) is_accepted([&] { llc_study_hash(study, expand_llc(study, compiled)); });
  if (study.has("sample"))
    is_accepted([&] { sample_study_hash(study, expand_sample(study, compiled).plan); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  is_accepted([&] {
    const Study study = parse_study(text, "s.toml", {});
    const std::vector<std::string> tables{"train", "llc", "sample"};
    const std::string resolved = resolved_toml(study, tables);
    const Study again = parse_study(resolved, "resolved.toml", {});
    demand(resolved_toml(again, tables) == resolved, "a resolved study reads back as another");
    if (is_small(study)) expand(study);
  });
  return 0;
}
