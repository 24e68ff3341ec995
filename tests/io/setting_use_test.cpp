// Settings that somebody gave and that change nothing.
#include "io/setting_use.hpp"
#include "io/compiled_models.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/cells.hpp"
#include "io/llc_cells.hpp"

namespace kgon {
namespace {

using Notes = std::vector<std::string>;

Notes train_notes(const std::string& text) {
  return expand_study(parse_study("[train]\n" + text, "s.toml", {}), test::compiled_models).notes;
}

Notes llc_notes(const std::string& text) {
  return expand_llc(parse_study("[llc]\n" + text, "s.toml", {}), test::compiled_models).notes;
}

TEST(SettingUse, NamesTheLineAndWhereTheKeyCounts) {
  EXPECT_EQ(train_notes("init = 5\nlr = 0.1\ninit-scale = 2"),
            Notes{"s.toml:4: train.init-scale: changes nothing here; it counts for init = random"});
  EXPECT_EQ(llc_notes("leapfrogs = 4"),
            Notes{"s.toml:2: llc.leapfrogs: changes nothing here; it counts for sampler = hmc"});
}

// Nor do the numbers that a result holds of them, which its digest is made of.
TEST(SettingUse, WhatChangesNothingLeavesTheCell) {
  const auto cell = [](const std::string& text) {
    const std::string study = "[train]\ndataset = 'population'\n" + text;
    return expand_study(parse_study(study, "s.toml", {}), test::compiled_models).plan.cells.at(0);
  };
  const TrainCell plain = cell("");
  const TrainCell other = cell("batching = 'replacement'\nsamples = 77\nbatch = 7\ninit-scale = 3");
  EXPECT_EQ(other.key, plain.key);
  EXPECT_EQ(other.batching, plain.batching);
  EXPECT_EQ(other.samples, plain.samples);
  EXPECT_EQ(other.batch, plain.batch);
  EXPECT_EQ(other.init_scale, plain.init_scale);
  EXPECT_EQ(other.start_noise, plain.start_noise);
}

TEST(SettingUse, WithoutPhasesTheirKeysChangeNothing) {
  const auto notes = [](const std::string& top, const std::string& train) {
    return expand_study(parse_study(top + "\n[train]\ninit = \"random\"\n" + train, "s.toml", {}),
                        test::compiled_models)
        .notes;
  };
  EXPECT_EQ(notes("hidden = 3\nphase-loss = 0.1\nphase-angle = 0.2", "classify-every = 7").size(),
            3u);
  EXPECT_EQ(notes("hidden = 3\nphase-loss = 0.1", ""),
            Notes{"s.toml:2: phase-loss: changes nothing here; it counts for hidden = 2"});
  EXPECT_EQ(notes("phase-loss = 0.1\nphase-angle = 0.2", "classify-every = 7"), Notes{});
  EXPECT_EQ(llc_notes("draws = 50\nclassify-every = 51").size(), 1u);
  EXPECT_EQ(llc_notes("draws = 50\nclassify-every = 50"), Notes{});
}

TEST(SettingUse, SilentWhereOneCellUsesIt) {
  EXPECT_EQ(train_notes("init = [5, \"random\"]\ninit-scale = 2\ninit-noise = 0"), Notes{});
  EXPECT_EQ(train_notes("init = [4, 6]\ndead-bias = -1"), Notes{});
  EXPECT_EQ(train_notes("dataset = [\"own\", \"population\"]\nbatch = 10\nsamples = 100"), Notes{});
  EXPECT_EQ(llc_notes("sampler = [\"hmc\", \"sgld\"]\nleapfrogs = 4\nbatch = 5"), Notes{});
  EXPECT_EQ(llc_notes("dataset = \"population\"\nsamples = 100"), Notes{});
}

TEST(SettingUse, EveryConditionalKeyIsNoticed) {
  EXPECT_EQ(train_notes("init = \"random\"\ninit-noise = 1\ndead-bias = -1").size(), 2u);
  EXPECT_EQ(train_notes("init = 6\ndead-bias = -1").size(), 1u);
  EXPECT_EQ(train_notes("dataset = \"population\"\nsamples = 9\nbatch = 3\n"
                        "batching = \"replacement\"")
                .size(),
            3u);
  EXPECT_EQ(llc_notes("at-records = \"final\"\nat-phase = \"5\"\nat-every = 2\nat-trajectories = 3")
                .size(),
            4u);
  EXPECT_EQ(llc_notes("at = 6\ndead-bias = -2").size(), 1u);
  EXPECT_EQ(llc_notes("dataset = \"population\"\nnbeta = 100\nsamples = 9").size(), 1u);
  EXPECT_EQ(llc_notes("sampler = \"mala\"\ncheck-bias = \"yes\"\nbatch = 5").size(), 2u);
  EXPECT_EQ(llc_notes("sampler = \"sgld\"\nestimator = \"devinterp\"\nreject-below = 0.5").size(),
            1u);
}

}  // namespace
}  // namespace kgon
