// Ladders of parallel tempering.
#include "io/sample_ladders.hpp"
#include "io/compiled_models.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "io/sample_cells.hpp"

namespace kgon {
namespace {

SamplePlan expand_ladders(const std::string& text) {
  return expand_sample(parse_study("[sample]\nsampler = \"tempering\"\n" + text, "s.toml", {}),
                       test::compiled_models)
      .plan;
}

std::vector<std::uint32_t> samples_of(const SampleLadder& ladder) {
  std::vector<std::uint32_t> samples;
  for (const LadderRung& rung : ladder.rungs) samples.push_back(rung.samples);
  return samples;
}

TEST(SampleLadders, FillTheGridInGeometricOrder) {
  const SamplePlan plan = expand_ladders("samples = [800, 100]\nladder-ratio = 2");
  ASSERT_EQ(plan.ladders.size(), 1u);
  EXPECT_EQ(samples_of(plan.ladders[0]), (std::vector<std::uint32_t>{50, 100, 200, 400, 800}));
  const auto& rungs = plan.ladders[0].rungs;
  EXPECT_EQ(rungs[0].run, -1);
  EXPECT_EQ(plan.runs.at(static_cast<std::size_t>(rungs[1].run)).samples, 100u);
  EXPECT_EQ(rungs[2].run, -1);
  EXPECT_EQ(plan.runs.at(static_cast<std::size_t>(rungs[4].run)).samples, 800u);
}

TEST(SampleLadders, BeginWhereChainsMix) {
  // n beta = 50: 200 samples at beta = 1/4.
  EXPECT_EQ(samples_of(expand_ladders("samples = 400\nbeta = 0.25\nladder-ratio = 3").ladders[0]),
            (std::vector<std::uint32_t>{200, 400}));
  // A grid that begins below has nothing to add.
  EXPECT_EQ(samples_of(expand_ladders("samples = [20, 30]\nladder-ratio = 3").ladders[0]),
            (std::vector<std::uint32_t>{20, 30}));
  EXPECT_EQ(samples_of(expand_ladders("samples = 20").ladders[0]),
            (std::vector<std::uint32_t>{20}));
}

// However small the ratio, each whole number is a rung once.
TEST(SampleLadders, HaveWholeNumbers) {
  for (const char* ratio : {"1.0001", "1.0000000001", "1.0000000000000003"}) {
    const auto samples = samples_of(
        expand_ladders(std::string("samples = [60, 80]\nladder-ratio = ") + ratio).ladders.at(0));
    ASSERT_EQ(samples.size(), 31u) << ratio;
    for (std::uint32_t k = 0; k < 31; ++k) EXPECT_EQ(samples[k], 50 + k) << ratio;
  }
}

TEST(SampleLadders, MayHaveAThousandRungs) {
  EXPECT_EQ(
      samples_of(expand_ladders("samples = 1049\nladder-ratio = 1.0001").ladders.at(0)).size(),
      most_rungs);
  // What the refusal of a smaller ratio recommends.
  EXPECT_LE(
      samples_of(expand_ladders("samples = 134217728\nladder-ratio = 1.015").ladders.at(0)).size(),
      most_rungs);
}

TEST(SampleLadders, OneForEverythingThatIsAlikeButForN) {
  const SamplePlan plan = expand_ladders(
      "samples = [100, 140]\nbeta = [0.5, 1]\ndatasets = 2\n"
      "dataset = [\"sampled\", \"population\"]");
  EXPECT_EQ(plan.ladders.size(), 2u * 3);
  std::set<std::uint64_t> keys;
  std::set<std::int64_t> runs;
  for (const SampleLadder& ladder : plan.ladders) {
    keys.insert(ladder.key);
    for (const LadderRung& rung : ladder.rungs)
      if (rung.run >= 0) {
        EXPECT_TRUE(runs.insert(rung.run).second);
      }
  }
  EXPECT_EQ(keys.size(), plan.ladders.size());
  EXPECT_EQ(runs.size(), plan.runs.size());
  // The ladder is part of the key: another grid is another run.
  EXPECT_NE(expand_ladders("samples = [100, 140]").ladders[0].key,
            expand_ladders("samples = [100, 141]").ladders[0].key);
}

TEST(SampleLadders, NoLadderForSequentialMonteCarlo) {
  EXPECT_TRUE(expand_sample(parse_study("[sample]\n", "s.toml", {}), test::compiled_models)
                  .plan.ladders.empty());
}

}  // namespace
}  // namespace kgon
