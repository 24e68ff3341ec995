// The README's key reference is what the program prints of its one table of keys.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace kgon {
namespace {

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), got);
  }
  pclose(pipe);
  return output;
}

TEST(Readme, HoldsTheKeyReferenceAsTheProgramPrintsIt) {
  std::ifstream file(KGON_SOURCE_DIR "/README.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const std::string begin = "<!-- kgon keys --markdown -->\n", end = "<!-- end of keys -->";
  const std::size_t first = readme.find(begin), last = readme.find(end);
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(last, std::string::npos);
  const std::size_t from = first + begin.size();
  EXPECT_EQ(readme.substr(from, last - from), output_of("'" KGON_PROGRAM "' keys --markdown"));
}

}  // namespace
}  // namespace kgon
