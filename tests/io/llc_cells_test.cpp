// From studies to the plans of llc.
#include "io/llc_cells.hpp"
#include "io/compiled_models.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "io/usage_error.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

ExpandedLlc expand_points(const std::string& text, Shard shard = {}) {
  return expand_llc(parse_study(text, "s.toml", {}), test::compiled_models, shard);
}

// What the random numbers of a site hang on.
using SiteStreams =
    std::map<std::uint64_t, std::set<std::uint64_t>>;  // key of the group: identities

SiteStreams site_streams_of(const ExpandedLlc& expanded) {
  SiteStreams streams;
  for (const LlcGroup& group : expanded.plan.groups)
    for (std::size_t i = group.first_site; i < group.first_site + group.site_count; ++i)
      streams[group.key].insert(expanded.plan.sites[i].identity);
  return streams;
}

bool contains(const SiteStreams& wide, const SiteStreams& narrow) {
  for (const auto& [key, identities] : narrow) {
    const auto found = wide.find(key);
    if (found == wide.end()) return false;
    for (const std::uint64_t identity : identities)
      if (!found->second.contains(identity)) return false;
  }
  return true;
}

TEST(LlcCells, DefaultIsOnePointOnOneDataSet) {
  const LlcPlan plan = expand_points("").plan;
  ASSERT_EQ(plan.sites.size(), 1u);
  ASSERT_EQ(plan.groups.size(), 1u);
  const LlcGroup& group = plan.groups[0];
  EXPECT_EQ(group.settings,
            "features=6;hidden=2;samples=5000;dataset=sampled;sampler=langevin;estimator=exact");
  EXPECT_EQ(group.site_count, 1u);
  EXPECT_EQ(group.burn_in, 2000u);
  EXPECT_EQ(group.draws, 2000u);
  EXPECT_EQ(plan.chains, 16u);
  EXPECT_EQ(plan.points, tms::standard_point(tms::phase_code(5, 0, 0), 6, -1.0));
  EXPECT_EQ(plan.sites[0].nbeta, 5000 / std::log(5000.0));
  EXPECT_EQ(plan.sites[0].gamma, 1.0);
  EXPECT_EQ(plan.names, (std::vector<std::string>{"5"}));
  EXPECT_EQ(plan.origins[0].cell, -1);
  EXPECT_EQ(plan.origins[0].record, -1);
  ASSERT_EQ(plan.data.size(), 1u);
  EXPECT_EQ(plan.data[0].purpose, Purpose::shared_data);
  EXPECT_GT(plan.levels.count, 0);
}

// Keys and identities are part of the bits contract: these values never change.
TEST(LlcCells, KeysAndIdentitiesAreThoseOfTheContract) {
  const LlcPlan plan = expand_points("").plan;
  EXPECT_EQ(plan.groups[0].key, 6915858672129020315u);
  EXPECT_EQ(plan.sites[0].identity, 5812152995703048675u);
  EXPECT_EQ(plan.data[0].key, 12834068134385884866u);
  EXPECT_NE(expand_points("seed = 2").plan.groups[0].key, plan.groups[0].key);
  EXPECT_NE(expand_points("seed = 2").plan.data[0].key, plan.data[0].key);
}

TEST(LlcCells, WideningAListChangesNoOtherSite) {
  const SiteStreams narrow =
      site_streams_of(expand_points("[llc]\nat = [5, \"5+\"]\nsampler = [\"mala\"]"));
  for (const char* wide :
       {"at = [4, 5, \"5+\", 6]\nsampler = \"mala\"",
        "at = [5, \"5+\"]\nsampler = [\"hmc\", \"mala\"]",
        "at = [5, \"5+\"]\nsampler = \"mala\"\ngamma = [0, 1, 10]\nstep-scale = [1, 2]",
        "at = [5, \"5+\"]\nsampler = \"mala\"\nsamples = [100, 5000]\nnbeta = [0, 3]",
        "at = [5, \"5+\"]\nsampler = \"mala\"\nchains = 3\ndraws = 7\nburn-in = 1\nthin = 2\n"
        "classify-every = 0\nkeep-losses = \"all\"\ncheck-bias = \"yes\"\nleapfrogs = 2\nbatch = 3",
        "at = [5, \"5+\"]\nsampler = \"mala\"\ndead-bias = [-2, -1]\ndataset = [\"population\", "
        "\"sampled\"]\nstep-size = [1e-5, 0]"})
    EXPECT_TRUE(contains(site_streams_of(expand_points(std::string("[llc]\n") + wide)), narrow))
        << wide;
}

TEST(LlcCells, SitesOfAGroupDifferInNumbersAlone) {
  const LlcPlan plan = expand_points(
                           "[llc]\nat = [5, 6]\nsamples = [100, 200]\ngamma = [1, 2]\n"
                           "nbeta = [0, 7]\nsampler = [\"langevin\", \"hmc\"]")
                           .plan;
  ASSERT_EQ(plan.groups.size(), 4u);
  std::size_t next = 0;
  for (const LlcGroup& group : plan.groups) {
    EXPECT_EQ(group.first_site, next);
    EXPECT_EQ(group.site_count, 8u);
    next += group.site_count;
  }
  EXPECT_EQ(next, plan.sites.size());
  EXPECT_EQ(plan.points.size(), 2u * 18);
  std::set<std::uint64_t> identities;
  for (const LlcSite& site : plan.sites) identities.insert(site.identity);
  // nbeta = 0 is another number for each n; the sampler and n are in the group's key.
  EXPECT_EQ(identities.size(), 2u * 2 * 3);
}

TEST(LlcCells, DataSetsOfDifferentSizeAreNested) {
  const LlcPlan plan = expand_points("[llc]\nat = [5, 6]\nsamples = [100, 200]").plan;
  EXPECT_EQ(plan.data.size(), 1u);  // the same stream
  EXPECT_EQ(plan.groups.size(), 2u);
}

TEST(LlcCells, ScalesTheTemperatureGivenOrFound) {
  const LlcPlan plan = expand_points("[llc]\nnbeta = [0, 8]\nnbeta-scale = [1, 0.5]").plan;
  ASSERT_EQ(plan.sites.size(), 4u);
  const double found = 5000 / std::log(5000.0);
  std::multiset<double> nbetas;
  for (const LlcSite& site : plan.sites) nbetas.insert(site.nbeta);
  EXPECT_EQ(nbetas, (std::multiset<double>{4, 8, 0.5 * found, found}));
  // The same number by two ways is the same site, with the same random numbers.
  const ExpandedLlc twice = expand_points("[llc]\nnbeta = [8, 4]\nnbeta-scale = [1, 0.5]");
  EXPECT_EQ(twice.plan.sites.size(), 3u);
  EXPECT_EQ(twice.duplicates, 1u);
}

TEST(LlcCells, ThePopulationHasNoSamples) {
  const LlcPlan by_default =
      expand_points("[llc]\ndataset = \"population\"\nsamples = [100, 200]").plan;
  ASSERT_EQ(by_default.sites.size(), 2u);  // n is behind nbeta
  EXPECT_EQ(by_default.groups[0].settings, by_default.groups[1].settings);
  EXPECT_EQ(by_default.groups[0].settings.find("samples"), std::string::npos);
  EXPECT_TRUE(by_default.groups[0].population);
  EXPECT_TRUE(by_default.data.empty());
  const ExpandedLlc given =
      expand_points("[llc]\ndataset = \"population\"\nsamples = [100, 200]\nnbeta = 5");
  EXPECT_EQ(given.plan.sites.size(), 1u);
  EXPECT_EQ(given.duplicates, 1u);
}

TEST(LlcCells, KeysThatDoNotApplyMakeNoSites) {
  EXPECT_EQ(expand_points("[llc]\nbatch = [2, 3]").plan.sites.size(), 1u);
  EXPECT_EQ(expand_points("[llc]\nsampler = \"sgld\"\nbatch = [2, 3]").plan.sites.size(), 2u);
  EXPECT_EQ(expand_points("[llc]\nat = [5, 6, \"4++\"]\ndead-bias = [-1, -2]").plan.sites.size(),
            4u);
  EXPECT_EQ(expand_points("[llc]\nat = [5, 5]\ngamma = [1, 1.0]").plan.sites.size(), 1u);
}

TEST(LlcCells, DevinterpTakesItsOwnTemperature) {
  const LlcPlan plan =
      expand_points("[llc]\nsampler = \"sgld\"\nestimator = \"devinterp\"\nbatch = 30").plan;
  EXPECT_EQ(plan.sites[0].nbeta, 30 / std::log(30.0));
  EXPECT_EQ(plan.groups[0].estimator, Estimator::devinterp);
  EXPECT_NE(plan.groups[0].settings.find("batch=30"), std::string::npos);
}

TEST(LlcCells, ThreeHiddenDimensionsHaveNoLabels) {
  EXPECT_THROW(expand_points("hidden = 3\n[llc]\nat = 5"), UsageError);
}

TEST(LlcShards, CoverTheSitesOnce) {
  const std::string study = "[llc]\nat = [5, 6, \"5+\"]\nsamples = [100, 200]\ngamma = [1, 2]";
  const ExpandedLlc whole = expand_points(study);
  const Study parsed = parse_study(study, "s.toml", {});
  for (const std::uint64_t count : {1u, 2u, 5u, 12u}) {
    std::uint64_t next = 0;
    for (std::uint64_t index = 0; index < count; ++index) {
      const ExpandedLlc part = expand_points(study, {index, count});
      EXPECT_EQ(part.shard.first, next);
      EXPECT_EQ(part.sites, 12u);
      EXPECT_EQ(part.plan.sites.size(), part.shard.count);
      EXPECT_EQ(llc_study_hash(parsed, part), llc_study_hash(parsed, whole));
      for (std::size_t i = 0; i < part.plan.sites.size(); ++i) {
        const LlcSite &mine = part.plan.sites[i], &same = whole.plan.sites[next + i];
        EXPECT_EQ(mine.identity, same.identity);
        const auto name = [](const LlcPlan& plan, const LlcSite& site) {
          return plan.names[plan.origins[site.point].name];
        };
        EXPECT_EQ(name(part.plan, mine), name(whole.plan, same));
        EXPECT_EQ(part.plan.points[mine.point * 18], whole.plan.points[same.point * 18]);
        EXPECT_EQ(part.plan.data[mine.data], whole.plan.data[same.data]);
      }
      std::size_t sites = 0;
      for (const LlcGroup& group : part.plan.groups) {
        EXPECT_EQ(group.first_site, sites);
        sites += group.site_count;
      }
      EXPECT_EQ(sites, part.plan.sites.size());
      next += part.shard.count;
    }
    EXPECT_EQ(next, 12u);
  }
  EXPECT_THROW(expand_points(study, {0, 13}), UsageError);
}

TEST(LlcStudyHash, CountsWhatResultsDependOn) {
  const auto hash = [](const std::string& text) {
    const Study study = parse_study(text, "s.toml", {});
    return llc_study_hash(study, expand_llc(study, test::compiled_models));
  };
  const std::string base = hash("");
  EXPECT_EQ(base.size(), 16u);
  EXPECT_EQ(base, hash("threads = 2\ndevice = \"cpu\"\nmax-failed = 1\n[train]\nlr = 1"));
  EXPECT_EQ(base, hash("[llc]\nbatch = 7"));  // does not apply
  std::set<std::string> hashes{base};
  for (const char* other :
       {"seed = 2", "precision = \"double\"", "features = 5", "[llc]\nat = 6", "[llc]\nchains = 2",
        "[llc]\ndraws = 10", "[llc]\nthin = 2", "[llc]\nburn-in = 1", "[llc]\ngamma = 2",
        "[llc]\nstep-scale = 2", "[llc]\nstep-size = 1", "[llc]\nreject-below = 0",
        "[llc]\nclassify-every = 1", "[llc]\ncheck-bias = \"yes\""})
    EXPECT_TRUE(hashes.insert(hash(other)).second) << other;
}

TEST(LlcResultBytes, GrowWithWhatIsKept) {
  const auto bytes = [](const std::string& text) {
    return llc_result_bytes(expand_points(text).plan);
  };
  EXPECT_GT(bytes("[llc]\nat = [5, 6]"), bytes(""));
  EXPECT_GT(bytes("[llc]\nchains = 17"), bytes(""));
  EXPECT_EQ(bytes("[llc]\nkeep-losses = \"all\""),
            bytes("[llc]\nkeep-losses = \"none\"") + 16 * 2000 * 8);
}

TEST(LlcLosses, AreKeptWhereTheWholeStudyHasFewOfThem) {
  const auto kept = [](const std::string& keys, Shard shard = {}) {
    return expand_llc(parse_study("[llc]\nchains = 1000\n" + keys, "s.toml", {}), {{2, 6}}, shard)
        .plan.keep_losses;
  };
  EXPECT_TRUE(kept("draws = 4000"));
  EXPECT_FALSE(kept("draws = 4001"));
  EXPECT_TRUE(kept("draws = 4001\nkeep-losses = \"all\""));
  EXPECT_FALSE(kept("draws = 4\nkeep-losses = \"none\""));
  EXPECT_TRUE(kept("draws = 2000\nat = [5, 6]"));
  // Half of the points would be few enough.
  EXPECT_FALSE(kept("draws = 2000\nat = [5, 6, 4, \"4+\"]"));
  EXPECT_FALSE(kept("draws = 2000\nat = [5, 6, 4, \"4+\"]", {1, 2}));
}

}  // namespace
}  // namespace kgon
