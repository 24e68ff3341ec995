// Every wrong study of the tables, and for every key values of wrong types, through the program:
// exit code 2 and one sentence with file, line and key.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "io/keys.hpp"
#include "wrong_use.hpp"

namespace kgon {
namespace {

struct WrongStudy {
  std::string command, text;
};

// No key takes these.
std::vector<WrongStudy> wrong_types() {
  std::vector<WrongStudy> studies;
  for (const Key& key : all_keys()) {
    const std::string command = key.table.empty() ? "train" : std::string(key.table);
    const std::string table = key.table.empty() ? "" : "[" + std::string(key.table) + "]\n";
    for (const char* value : {"true", "1979-05-27", "[[1]]"})
      studies.push_back({command, table + "\n" + std::string(key.name) + " = " + value});
  }
  return studies;
}

// Those that are wrong without flags, each once.
std::vector<WrongStudy> all_studies() {
  std::vector<WrongStudy> studies = wrong_types();
  const std::map<std::string, std::vector<wrong_use::Case>> tables{
      {"train", wrong_use::train_cases()},
      {"llc", wrong_use::llc_cases()},
      {"sample", wrong_use::sample_cases()}};
  for (const auto& [command, cases] : tables)
    for (const wrong_use::Case& wrong : cases)
      if (wrong.flags.empty()) studies.push_back({command, wrong.study});
  std::set<std::string> seen;
  std::erase_if(studies, [&](const WrongStudy& one) { return !seen.insert(one.text).second; });
  return studies;
}

// The key that the line belongs to: lists go over several lines.
std::string key_at(const std::string& text, std::size_t line) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one);) lines.push_back(one);
  for (std::size_t at = std::min(line, lines.size()); at-- > 0;) {
    std::smatch found;
    static const std::regex key("^ *([A-Za-z0-9_-]+) *=");
    if (std::regex_search(lines[at], found, key)) return found[1];
  }
  return "";
}

class WrongStudies : public test::CommandLine {};

TEST_F(WrongStudies, EndWithTwoAndAPlaceAndAKey) {
  std::size_t with_line = 0, with_key = 0;
  const std::vector<WrongStudy> studies = all_studies();
  for (const WrongStudy& wrong : studies) {
    std::ofstream(work_ / "s.toml", std::ios::binary) << wrong.text;
    const test::Result result = run({wrong.command, "s.toml", "--dry-run"});
    ASSERT_EQ(result.status, 2) << wrong.text.substr(0, 200) << "\n" << result.err;
    ASSERT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    std::smatch place;
    static const std::regex pattern("s\\.toml:([0-9]+): ");
    if (!std::regex_search(result.err, place, pattern)) continue;
    ++with_line;
    const std::string key = key_at(wrong.text, std::stoul(place[1]));
    with_key += !key.empty() && result.err.find(key) != std::string::npos;
  }
  EXPECT_GE(with_key, 200u);
  std::printf("%zu wrong studies, %zu with file and line, %zu of them with the key\n",
              studies.size(), with_line, with_key);
}

}  // namespace
}  // namespace kgon
