// The table of keys itself.
#include "io/keys.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "io/nearest.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

TEST(Keys, NamesAreUniqueInATableAndAtTheTop) {
  // A flag of the top has no table in its name.
  std::set<std::pair<std::string_view, std::string_view>> names;
  for (const Key& key : all_keys()) {
    EXPECT_TRUE(names.insert({key.table, key.name}).second) << key.full_name();
    EXPECT_TRUE(key.table.empty() || !find_key("", key.name)) << key.full_name();
  }
}

TEST(Keys, NoKeyLooksLikeAFlagWithItsTable) {
  for (const Key& key : all_keys())
    for (const std::string& table : known_tables())
      EXPECT_FALSE(key.name.starts_with(table + "-")) << key.full_name();
}

TEST(Keys, DefaultsAreAllowed) {
  for (const Key& key : all_keys())
    EXPECT_NO_THROW(parse_value(key, std::string(key.default_value), "here")) << key.name;
}

TEST(Keys, HaveADocAndAnExpectation) {
  for (const Key& key : all_keys()) {
    EXPECT_FALSE(key.doc.empty()) << key.name;
    EXPECT_EQ(key.doc.find('|'), std::string_view::npos) << key.name;  // of Markdown's columns
    EXPECT_FALSE(key.expectation().empty()) << key.name;
    const bool has_words =
        key.type == KeyType::choice || key.type == KeyType::phase || key.type == KeyType::point;
    EXPECT_EQ(key.choices.empty(), !has_words) << key.name;
  }
}

TEST(Keys, OnlyKeysOfATableSweep) {
  // Resolved studies and cells take the keys at the top for single values.
  for (const Key& key : all_keys()) EXPECT_FALSE(key.table.empty() && key.sweepable) << key.name;
}

TEST(Keys, SweepableOnesAreThoseOfTheDesign) {
  const std::map<std::string_view, std::set<std::string_view>> expected{
      {"train",
       {"init", "init-noise", "init-scale", "dead-bias", "samples", "dataset", "batch", "lr",
        "epochs", "batching"}},
      {"llc",
       {"at", "dead-bias", "samples", "dataset", "nbeta", "nbeta-scale", "gamma", "sampler",
        "batch", "step-size", "step-scale"}},
      {"sample", {"samples", "dataset", "beta", "prior-scale"}}};
  std::map<std::string_view, std::set<std::string_view>> sweepable;
  for (const Key& key : all_keys())
    if (key.sweepable) sweepable[key.table].insert(key.name);
  EXPECT_EQ(sweepable, expected);
}

TEST(Keys, LimitsMayBeOpen) {
  const Key& bias = *find_key("llc", "dead-bias");
  EXPECT_NO_THROW(parse_value(bias, "-100", "x"));
  EXPECT_NO_THROW(parse_value(bias, "-1e-9", "x"));
  EXPECT_THROW(parse_value(bias, "0", "x"), UsageError);
  EXPECT_THROW(parse_value(*find_key("llc", "step-scale"), "0", "x"), UsageError);
}

TEST(Keys, PhasesAndPointsTakeTheirOwnWords) {
  const Key& at = *find_key("llc", "at");
  for (const char* good : {"5", "4++-", "train", "a.nc"})
    EXPECT_NO_THROW(parse_value(at, good, "x"));
  for (const char* bad : {"random", "any", "all"})
    EXPECT_THROW(parse_value(at, bad, "x"), UsageError) << bad;
  const Key& phase = *find_key("llc", "at-phase");
  for (const char* good : {"any", "other", "5+"}) EXPECT_NO_THROW(parse_value(phase, good, "x"));
  EXPECT_THROW(parse_value(phase, "a.nc", "x"), UsageError);
}

TEST(Keys, LimitsAreInclusive) {
  const Key& batch = *find_key("train", "batch");
  EXPECT_EQ(std::get<std::int64_t>(parse_value(batch, "1", "x")), 1);
  EXPECT_EQ(std::get<std::int64_t>(parse_value(batch, "134217728", "x")), 134217728);
  EXPECT_THROW(parse_value(batch, "2147483648", "x"), UsageError);
  const Key& seed = *find_key("", "seed");
  EXPECT_NO_THROW(parse_value(seed, "9223372036854775807", "x"));
  EXPECT_THROW(parse_value(seed, "9223372036854775808", "x"), UsageError);
}

TEST(Keys, NegativeZeroIsZero) {
  const Value value = parse_value(*find_key("train", "dead-bias"), "-0", "x");
  EXPECT_EQ(value_text(value), "0");
}

TEST(Keys, ValueTextReadsBack) {
  for (const double number : {0.1, 1.0 / 3, 1e-300, 123456789.125, 5e-324, 1e22}) {
    const std::string text = value_text(number);
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
  }
  EXPECT_EQ(value_text(0.005), "0.005");
}

TEST(Keys, DevicesAndPointsHaveAForm) {
  const Key& device = *find_key("", "device");
  for (const char* good : {"auto", "cpu", "cuda", "cuda:0", "cuda:0,1", "cuda:12"})
    EXPECT_NO_THROW(parse_value(device, good, "x")) << good;
  for (const char* bad : {"", "cuda:", "cuda:a", "cuda:0,", "cuda:-1", "cpu:0", "CUDA"})
    EXPECT_THROW(parse_value(device, bad, "x"), UsageError) << bad;
  const Key& init = *find_key("train", "init");
  for (const char* good : {"4", "5+", "4++-", "6", "random", "a/b.nc", "12"})
    EXPECT_NO_THROW(parse_value(init, good, "x")) << good;
  for (const char* bad : {"", "+", "4-+", "123", ".nc", "x.cdf", "4 "})
    EXPECT_THROW(parse_value(init, bad, "x"), UsageError) << bad;
}

TEST(Keys, ReferenceNamesEveryKey) {
  const std::string markdown = keys_markdown(), text = keys_text();
  for (const Key& key : all_keys()) {
    EXPECT_NE(markdown.find("| `" + std::string(key.name) + "` |"), std::string::npos);
    EXPECT_NE(text.find("\n  " + std::string(key.name) + " "), std::string::npos);
  }
}

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("bacth", "batch"), 1);
}

TEST(Nearest, NamesOnlyWhatIsNear) {
  const std::vector<std::string> names{"lr", "batch", "epochs"};
  EXPECT_EQ(nearest_name("epoch", names), "epochs");
  EXPECT_EQ(nearest_name("lrr", names), "lr");
  EXPECT_EQ(nearest_name("--init-nois", {"--init", "--init-noise"}), "--init-noise");
  EXPECT_EQ(nearest_name("--init-label", {"--init", "--init-noise"}), "--init");
  EXPECT_EQ(nearest_name("zz", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name("LR", names), "lr");
}

}  // namespace
}  // namespace kgon
