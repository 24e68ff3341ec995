// Shards of sample, whose estimates are made again from all islands.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "io/digest.hpp"
#include "io/errors.hpp"
#include "io/merge.hpp"
#include "io/netcdf_file.hpp"
#include "support/group_reader.hpp"
#include "synthetic_result.hpp"
#include "synthetic_sample.hpp"

namespace kgon {
namespace {

using synthetic::bytes_of_file;
using synthetic::ScratchDirectory;
using synthetic_sample::metadata_of;

// 7 islands of each sampler, and one study without draws.
const std::string studies[] = {
    "seed = 42\n[sample]\nsamples = [100, 200, 400]\ndatasets = 2\ndataset = [\"sampled\", "
    "\"population\"]\nislands = 7\nparticles = 16\ndraws = 4\n",
    "[sample]\nsamples = [100, 200]\nislands = 7\nparticles = 16\ndraws = 0\n",
    "[sample]\nsampler = \"tempering\"\nsamples = [100, 120]\nislands = 7\nchains = 3\ndraws = 4\n",
    "[sample]\nsampler = \"tempering\"\nsamples = 40\nislands = 7\nchains = 3\ndraws = 0\n",
    "[sample]\nsampler = \"hmc\"\nsamples = [100, 200]\nislands = 7\nchains = 3\ndraws = 4\n",
    "[sample]\nsampler = \"nuts\"\nsamples = 100\nislands = 7\nchains = 1\ndraws = 1\n"};

// Every value of every group, derived ones too, and what the root says.
void expect_same_content(const std::string& a, const std::string& b) {
  const NetcdfFile one = NetcdfFile::open(a), other = NetcdfFile::open(b);
  const auto attributes = [](const NetcdfFile& file, int group) {
    std::string text;
    for (const std::string& name : file.attributes(group, NC_GLOBAL)) {
      const auto number = file.find_real(group, name);
      text += name + "=" + (number ? std::to_string(*number) : file.text(group, NC_GLOBAL, name)) +
              "\n";
    }
    return text;
  };
  EXPECT_EQ(attributes(one, one.root()), attributes(other, other.root()));
  ASSERT_EQ(one.groups().size(), other.groups().size());
  for (const NetcdfFile::Group& group : one.groups()) {
    const int twin = other.find_group(group.name);
    EXPECT_EQ(attributes(one, group.id), attributes(other, twin));
    ASSERT_EQ(one.variables(group.id).size(), other.variables(twin).size()) << group.name;
    for (const NetcdfVariable& variable : one.variables(group.id)) {
      const NetcdfVariable same = other.find_variable(twin, variable.name);
      ASSERT_EQ(variable.type, same.type) << variable.name;
      ASSERT_EQ(variable.shape(), same.shape()) << variable.name;
      EXPECT_EQ(one.attributes(group.id, variable.id), other.attributes(twin, same.id));
      const Slab all{std::vector<std::size_t>(variable.dimensions.size()), variable.shape()};
      if (variable.type == NC_STRING) {
        EXPECT_EQ(one.read_strings(group.id, variable.id, all),
                  other.read_strings(twin, same.id, all));
        continue;
      }
      std::vector<char> values(variable.elements() * netcdf_type_size(variable.type));
      std::vector<char> expected(values.size());
      one.read(group.id, variable.id, all, values.data());
      other.read(twin, same.id, all, expected.data());
      EXPECT_TRUE(values == expected) << variable.name;
    }
  }
}

class MergeSample : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& study, Shard shard = {}) {
    synthetic_sample::write(scratch_ / name, synthetic_sample::expand(study, shard).plan,
                            metadata_of(study));
    return scratch_ / name;
  }

  // All of them.
  std::vector<std::string> shards(const std::string& study, std::uint64_t count) {
    std::vector<std::string> paths;
    for (std::uint64_t i = 0; i < count; ++i)
      paths.push_back(write("s" + std::to_string(i) + ".nc", study, {i, count}));
    return paths;
  }

  // The sentence with which a merge is refused; nothing may be left behind.
  std::string refusal(const std::vector<std::string>& inputs) {
    std::string message;
    try {
      merge_results(inputs, scratch_ / "out.nc");
      ADD_FAILURE() << "not refused";
    } catch (const UnusableFile& error) {
      message = error.what();
    }
    for (const char* name : {"out.nc", "out.nc.part", "out.nc.part.lock"})
      EXPECT_FALSE(std::filesystem::exists(scratch_ / name)) << name;
    return message;
  }

  void expect_refused(const std::vector<std::string>& inputs,
                      const std::vector<std::string>& parts) {
    const std::string message = refusal(inputs);
    for (const std::string& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
  }

  ScratchDirectory scratch_;
};

TEST_F(MergeSample, AnyCutAndOrderGivesTheUnshardedFile) {
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);  // created_at
  for (const std::string& study : studies) {
    const std::string whole = write("whole.nc", study);
    for (const std::uint64_t count : {1u, 2u, 7u}) {
      std::vector<std::string> paths = shards(study, count);
      std::ranges::rotate(paths, paths.begin() + static_cast<std::ptrdiff_t>(count / 2));
      merge_results(paths, scratch_ / "out.nc");
      EXPECT_EQ(result_digest(scratch_ / "out.nc"), result_digest(whole)) << study << count;
      expect_same_content(scratch_ / "out.nc", whole);
    }
  }
  unsetenv("SOURCE_DATE_EPOCH");
}

TEST_F(MergeSample, UnitesThePhasesThatAreFound) {
  const std::vector<std::string> paths = shards(studies[0], 7);
  const auto phases = [](const std::string& path) {
    return test::GroupReader(path, "sample").strings("phase_label");
  };
  EXPECT_EQ(phases(paths[0]), (std::vector<std::string>{"5", "6", "5+"}));
  EXPECT_EQ(phases(paths[1]), (std::vector<std::string>{"5", "5+"}));
  merge_results(paths, scratch_ / "out.nc");
  EXPECT_EQ(phases(scratch_ / "out.nc"), phases(paths[0]));
  EXPECT_FALSE(test::has_group(scratch_ / "out.nc", "islands"));
}

TEST_F(MergeSample, WhatTheCheckThrowsEndsItWithoutATrace) {
  for (int calls = 1; calls < 6; ++calls) {
    int left = calls;
    const auto check = [&left] {
      if (--left == 0) throw std::runtime_error("stop");
    };
    EXPECT_THROW(merge_results(shards(studies[0], 2), scratch_ / "out.nc", check),
                 std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.nc"));
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.nc.part"));
  }
}

TEST_F(MergeSample, RefusesGapsAndOverlaps) {
  const std::vector<std::string> s = shards(studies[0], 7);
  const std::string wide = write("wide.nc", studies[0], {0, 2});
  expect_refused({s[0], s[2], s[1], s[4], s[5], s[6]},
                 {s[2], s[4], "members 3 to 3 are missing between"});
  expect_refused({s[1], s[2], s[3], s[4], s[5], s[6]}, {s[1], "members 0 to 0 are missing"});
  expect_refused({s[0], s[1]}, {s[1], "members 2 to 6 are missing"});
  expect_refused({wide, s[2], s[3], s[4], s[5], s[6]}, {wide, s[2], "overlap", "member 2"});
  expect_refused({s[0], s[0], s[1]}, {s[0], "overlap"});
}

TEST_F(MergeSample, RefusesMixtures) {
  const std::string a = write("a.nc", studies[0], {0, 2}), b = scratch_ / "b.nc";
  const auto write_b = [&](const ResultMetadata& about, const std::string& study) {
    synthetic_sample::write(b, synthetic_sample::expand(study, {1, 2}).plan, about);
  };
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string more = replaced(studies[0], "islands = 7", "islands = 8");
  write_b(metadata_of(more), more);
  expect_refused({a, b}, {a, b, "study"});
  ResultMetadata other = metadata_of(studies[0]);
  other.seed = 43;
  write_b(other, studies[0]);
  expect_refused({a, b}, {a, b, "seed: 42 and 43"});
  other = metadata_of(studies[0]);
  other.version = "0.2.0";
  write_b(other, studies[0]);
  expect_refused({a, b}, {a, b, "kgon version: 0.1.0 and 0.2.0"});
  const std::string wide = "precision = \"double\"\n" + studies[0];
  write_b(metadata_of(studies[0]), wide);
  expect_refused({a, b}, {a, b, "precision: float and double"});
}

// What the root says is not what the arrays are.
TEST_F(MergeSample, RefusesFilesThatContradictThemselves) {
  const std::string a = write("a.nc", studies[0], {0, 2}), b = scratch_ / "b.nc";
  const auto write_b = [&](SamplePlan plan) {
    synthetic_sample::write(b, plan, metadata_of(studies[0]));
  };
  SamplePlan plan = synthetic_sample::expand(studies[0], {1, 2}).plan;
  plan.runs[3].key ^= 1;
  write_b(plan);
  expect_refused({a, b}, {b, "posterior 3"});
  plan.runs.pop_back();
  write_b(plan);
  expect_refused({a, b}, {b, "run_key"});
  plan = synthetic_sample::expand(studies[0], {1, 2}).plan;
  plan.draws = 3;
  write_b(plan);
  expect_refused({a, b}, {b});
}

TEST_F(MergeSample, RefusesAStudyThatItReadsOtherwise) {
  const auto refused = [&](const std::string& study, const std::string& part) {
    ResultMetadata about = metadata_of(studies[0]);
    about.study = study;
    std::vector<std::string> paths;
    for (const std::uint64_t i : {0u, 1u}) {
      paths.push_back(scratch_ / (std::to_string(i) + ".nc"));
      synthetic_sample::write(paths.back(), synthetic_sample::expand(studies[0], {i, 2}).plan,
                              about);
    }
    expect_refused(paths, {paths[0], part});
  };
  refused("[sample]\nsamples = 99\n", "takes its study for another one");
  refused("[sample]\nsimples = 99\n", "cannot read its study");
  refused("[[sample", "cannot read its study");
}

TEST_F(MergeSample, RefusesOtherStagesAndDamagedFiles) {
  const std::string a = write("a.nc", studies[0], {0, 2}), b = write("b.nc", studies[0], {1, 2});
  synthetic::write(scratch_ / "train.nc", synthetic::plan(50, 20, 30));
  expect_refused({a, scratch_ / "train.nc"}, {a, "train.nc", "stage: sample and train"});
  const std::string bytes = bytes_of_file(b);
  std::ofstream(scratch_ / "cut.nc") << bytes.substr(0, bytes.size() / 2);
  expect_refused({a, scratch_ / "cut.nc"}, {"cut.nc"});
}

}  // namespace
}  // namespace kgon
