// Reading, merging and printing studies.
#include "io/study.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "io/usage_error.hpp"

namespace kgon {
namespace {

std::vector<std::string> texts(const Study& study, std::string_view name) {
  std::vector<std::string> out;
  for (const Value& value : study.at(name).values) out.push_back(value_text(value));
  return out;
}

TEST(Study, HasEveryDefault) {
  const Study study = parse_study("", "", {});
  ASSERT_EQ(study.settings().size(), all_keys().size());
  for (const Setting& setting : study.settings()) {
    EXPECT_TRUE(setting.is_default);
    ASSERT_EQ(setting.values.size(), 1u);
    EXPECT_EQ(value_text(setting.values[0]), setting.key->default_value);
  }
  EXPECT_FALSE(study.has("train"));
  EXPECT_EQ(study.real("train.lr"), 0.005);
  EXPECT_EQ(study.integer("train.trajectories"), 1000);
  EXPECT_EQ(study.text("device"), "auto");
  EXPECT_THROW(study.at("train.nothing"), std::logic_error);
}

TEST(Study, ReadsListsAndSingleValues) {
  const Study study = parse_study(
      "seed = 7\nmax-failed = 1  # all may fail\n[train]\nlr = [0.1, 1, 1e-3]\n"
      "init = [4, \"5+\",\n \"random\", 'a b.nc']\nsamples = 1_000\n",
      "s.toml", {});
  EXPECT_TRUE(study.has("train"));
  EXPECT_EQ(study.integer("seed"), 7);
  EXPECT_EQ(study.real("max-failed"), 1.0);
  EXPECT_EQ(texts(study, "train.lr"), (std::vector<std::string>{"0.1", "1", "0.001"}));
  EXPECT_EQ(texts(study, "train.init"), (std::vector<std::string>{"4", "5+", "random", "a b.nc"}));
  EXPECT_EQ(texts(study, "train.samples"), (std::vector<std::string>{"1000"}));
  EXPECT_EQ(study.at("train.lr").origin, "s.toml:4: train.lr");
}

TEST(Study, TakesDottedKeysForTables) {
  const Study study = parse_study("train.lr = 0.5\r\n", "s.toml", {});
  EXPECT_TRUE(study.has("train"));
  EXPECT_EQ(study.real("train.lr"), 0.5);
}

TEST(Study, FlagsWin) {
  const Key* rate = find_key("train", "lr");
  const Key* device = find_key("", "device");
  const Study study = parse_study("device = \"cpu\"\n[train]\nlr = [1, 2]\n", "s.toml",
                                  {{rate, {"0.1,0.2", "0.3"}}, {device, {"cuda:0,1"}}});
  EXPECT_EQ(texts(study, "train.lr"), (std::vector<std::string>{"0.1", "0.2", "0.3"}));
  EXPECT_EQ(study.text("device"), "cuda:0,1");
  EXPECT_EQ(study.at("train.lr").origin, "--lr");
}

TEST(Study, AListMayHaveBlanksAfterItsCommas) {
  const FlagValue init{find_key("train", "init"), {"4, 5,  random"}};
  EXPECT_EQ(parse_study("", "", {init}).at("train.init").values,
            (std::vector<Value>{"4", "5", "random"}));
}

TEST(Study, RepeatedFlagOfOneValueIsRefused) {
  EXPECT_THROW(parse_study("", "", {{find_key("", "seed"), {"1", "2"}}}), UsageError);
}

TEST(Study, ResolvedTextReadsBack) {
  const Study study = parse_study(
      "seed = 9223372036854775807\ndevice = \"cuda:0,1\"\n[train]\nlr = [0.1, "
      "0.30000000000000004]\n"
      "init = [\"4++-\", \"q\\\"uo\\\\te.nc\"]\nepochs = 4e9\ninit-noise = 1e-17\n",
      "s.toml", {});
  const std::string text = resolved_toml(study, known_tables());
  const Study again = parse_study(text, "again.toml", {});
  for (const Setting& setting : study.settings())
    EXPECT_EQ(setting.values, again.at(setting.key->full_name()).values)
        << setting.key->full_name();
  EXPECT_EQ(resolved_toml(again, known_tables()), text);
}

TEST(Study, ResolvedTextHasOnlyTheTablesAskedFor) {
  const Study study = parse_study("[llc]\nchains = 3\n", "s.toml", {});
  EXPECT_TRUE(study.has("llc"));
  EXPECT_FALSE(study.has("train"));
  const Study again = parse_study(resolved_toml(study, {"llc"}), "again.toml", {});
  EXPECT_EQ(again.integer("llc.chains"), 3);
  EXPECT_TRUE(again.has("llc"));
  EXPECT_FALSE(again.has("train"));
}

TEST(Study, AFlagIsNamedAsItWasWritten) {
  try {
    parse_study("", "", {{find_key("llc", "batch"), {"0"}, "--llc-batch"}});
    FAIL() << "not refused";
  } catch (const UsageError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("--llc-batch: ")) << error.what();
  }
}

TEST(Study, MissingFileAndDirectoryAreRefused) {
  EXPECT_THROW(read_study("/nowhere/s.toml", {}), UsageError);
  EXPECT_THROW(read_study("/", {}), UsageError);
}

TEST(Study, EndlessFileIsRefused) {
  EXPECT_THROW(read_study("/dev/zero", {}), UsageError);
}

TEST(Study, ReadsAFile) {
  const std::string path = testing::TempDir() + "kgon_study_" + std::to_string(getpid()) + ".toml";
  std::ofstream(path) << "[train]\nbatch = 5\n";
  EXPECT_EQ(read_study(path, {}).integer("train.batch"), 5);
  std::remove(path.c_str());
}

// Whatever the bytes, a study is read or refused: no abort, no other exception.
TEST(Study, MutatedTextIsReadOrRefused) {
  const std::string seed_text =
      "seed = 7\ndevice = \"cuda:0,1\"\nmax-failed = 0.5 # text\n[train]\nlr = [0.1, 1e-3]\n"
      "init = [4, '5+', \"\"\"r\"\"\"]\nx.y = {a = [1, {b = 2024-01-01T00:00:00Z}]}\n[[a]]\n";
  std::mt19937 random(12345);
  const std::string bytes = "[]{}=.,\"'#\n\\ a1-+_:\r\tTZ0exobfinu";
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = seed_text;
    const unsigned edits = 1 + random() % 8;
    for (unsigned i = 0; i < edits; ++i) {
      const std::size_t at = random() % text.size();
      const char byte =
          random() % 16 == 0 ? static_cast<char>(random() % 256) : bytes[random() % bytes.size()];
      if (random() % 3 == 0) {
        text.erase(at, 1 + random() % 5);
        if (text.empty()) text = "a";
      } else if (random() % 2 == 0) {
        text.insert(at, 1 + random() % 3, byte);
      } else {
        text[at] = byte;
      }
    }
    try {
      parse_study(text, "s.toml", {});
      ++accepted;
    } catch (const UsageError& error) {
      ++refused;
      ASSERT_TRUE(std::string(error.what()).starts_with("s.toml:")) << error.what();
    }
  }
  EXPECT_EQ(accepted + refused, 20000);
}

}  // namespace
}  // namespace kgon
