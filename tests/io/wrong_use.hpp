// A wrong study and the sentence that refuses it.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "io/study.hpp"
#include "io/usage_error.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon::wrong_use {

struct Case {
  const char* name;
  std::string study;
  std::vector<std::pair<std::string, std::string>> flags;  // full name of the key, text
  std::vector<std::string> message;                        // parts that the sentence must have
};

// The name of the test; the bytes of a Case say nothing.
inline void PrintTo(const Case& wrong, std::ostream* out) {
  *out << wrong.name;
}

inline std::vector<Case> joined(const std::vector<std::vector<Case>>& parts) {
  std::vector<Case> all;
  for (const std::vector<Case>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// The tables of the three stages.
std::vector<Case> train_cases();
std::vector<Case> llc_cases();
std::vector<Case> sample_cases();

inline const std::vector<ModelShape> compiled{{2, 5}, {2, 6}, {3, 6}, {2, 2}};

inline FlagValue flag(const std::string& full_name, const std::string& text) {
  const std::size_t dot = full_name.find('.');
  const Key* key = dot == std::string::npos
                       ? find_key("", full_name)
                       : find_key(full_name.substr(0, dot), full_name.substr(dot + 1));
  EXPECT_NE(key, nullptr) << full_name;
  return {key, {text}};
}

// expand(study) is what refuses a study that can be read.
template <class Expand>
void expect_refusal(const Case& wrong, Expand expand) {
  std::vector<FlagValue> flags;
  for (const auto& [key, text] : wrong.flags) flags.push_back(flag(key, text));
  try {
    expand(parse_study(wrong.study, "s.toml", flags));
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    const std::string what = error.what();
    for (const std::string& part : wrong.message)
      EXPECT_NE(what.find(part), std::string::npos) << "'" << part << "' is not in: " << what;
    EXPECT_LT(what.size(), 400u) << what;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }
}

}  // namespace kgon::wrong_use
