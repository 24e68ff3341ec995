// Which worker gets which sites, with which data sets.
#include "engine/llc_work.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kgon/model/tms/data_set.hpp"
#include "support/llc_sites.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

// Two groups on data sets of different sizes, and one on the population loss between them. Data set
// 0 is a cell's shared one, 1..3 are trajectories' own.
LlcPlan work_plan() {
  LlcPlan plan = test::empty_llc_plan(4);
  plan.data = {{11, 0, Purpose::shared_data},
               {12, 5, Purpose::data},
               {12, 6, Purpose::data},
               {12, (std::uint64_t{3} << 32) + 7, Purpose::data}};
  const auto w = test::labelled_point("5");
  const auto add = [&](std::uint32_t data) { test::add_site(plan, w, 100, 1).data = data; };
  LlcGroup group;
  for (const std::uint32_t data : {0u, 0u, 1u, 1u, 1u, 2u, 3u}) add(data);
  group.samples = 101;
  test::add_group(plan, group);
  for (int k = 0; k < 5; ++k) add(0);
  group.population = true;
  test::add_group(plan, group);
  for (const std::uint32_t data : {0u, 3u, 3u}) add(data);
  group.population = false;
  group.samples = 37;
  test::add_group(plan, group);
  return plan;
}

class Nowhere : public LlcSink {
 public:
  void accept(LlcBlock&&) override {}
};
Nowhere nowhere;

using Sizes = std::vector<std::size_t>;

// Sizes of the shares in order; checks that they cover the sites without a gap, one group each.
Sizes share_sizes(const LlcPlan& plan, std::size_t most, bool one_data_set) {
  RunControl control;
  LlcWork work(plan, nowhere, control);
  LlcShare share;
  Sizes sizes;
  std::size_t next = 0;
  while (work.next([most](const LlcGroup&) { return most; }, one_data_set, share)) {
    EXPECT_EQ(share.task.first_site, next);
    EXPECT_EQ(share.task.plan, &plan);
    const LlcGroup& group = *share.task.group;
    next += share.task.site_count;
    EXPECT_GE(share.task.first_site, group.first_site);
    EXPECT_LE(next, group.first_site + group.site_count);
    sizes.push_back(share.task.site_count);
  }
  EXPECT_EQ(next, plan.sites.size());
  EXPECT_FALSE(work.next([](const LlcGroup&) { return 1u; }, false, share));
  return sizes;
}

TEST(LlcWork, SharesCoverAllSitesInOrder) {
  const LlcPlan plan = work_plan();
  EXPECT_EQ(share_sizes(plan, 100, false), (Sizes{7, 5, 3}));
  EXPECT_EQ(share_sizes(plan, 3, false), (Sizes{3, 3, 1, 3, 2, 3}));
  EXPECT_EQ(share_sizes(plan, 1, false), Sizes(15, 1));
  EXPECT_EQ(share_sizes(plan, 0, false), Sizes(15, 1));
}

TEST(LlcWork, SharesHaveOneDataSetWhereAsked) {
  const LlcPlan plan = work_plan();
  EXPECT_EQ(share_sizes(plan, 100, true), (Sizes{2, 3, 1, 1, 5, 1, 2}));
  EXPECT_EQ(share_sizes(plan, 2, true), (Sizes{2, 2, 1, 1, 1, 2, 2, 1, 1, 2}));
}

TEST(LlcWork, AsksHowManySitesOfEachGroup) {
  const LlcPlan plan = work_plan();
  RunControl control;
  LlcWork work(plan, nowhere, control);
  LlcShare share;
  std::set<const LlcGroup*> asked;
  while (work.next(
      [&](const LlcGroup& group) {
        asked.insert(&group);
        return 4u;
      },
      false, share)) {
  }
  EXPECT_EQ(asked.size(), 3u);
}

TEST(LlcWork, SkipsGroupsWithoutSites) {
  LlcPlan plan = test::empty_llc_plan(4);
  LlcGroup group;
  group.population = true;
  test::add_group(plan, group);
  test::add_site(plan, test::labelled_point("5"), 100, 1);
  test::add_group(plan, group);
  test::add_group(plan, group);
  EXPECT_EQ(share_sizes(plan, 100, true), (Sizes{1}));
  EXPECT_EQ(share_sizes(test::empty_llc_plan(4), 100, true), Sizes());
}

// What the training of member `source.member` draws for itself, ascending.
std::vector<std::uint32_t> trained_samples(const DataSource& source, std::uint32_t n) {
  const tms::SampleGenerator generate{test::stream(source.key, source.member), 6};
  std::vector<std::uint32_t> samples;
  for (std::uint32_t k = 0; k < n; ++k) samples.push_back(generate(k));
  std::ranges::sort(samples);
  return samples;
}

TEST(LlcWork, TablesHoldTheSamplesOfTraining) {
  const LlcPlan plan = work_plan();
  RunControl control;
  LlcWork work(plan, nowhere, control);
  LlcShare share;
  while (work.next([](const LlcGroup&) { return 4u; }, false, share)) {
    std::set<std::uint32_t> named;
    for (std::size_t s = 0; s < share.task.site_count; ++s)
      named.insert(plan.sites[share.task.first_site + s].data);
    if (share.task.group->population) named.clear();
    ASSERT_EQ(share.task.data.size(), named.size());
    for (const auto& [data, table] : share.task.data) {
      EXPECT_TRUE(named.contains(data));
      const DataSource& source = plan.data[data];
      const std::uint32_t n = share.task.group->samples;
      if (source.purpose == Purpose::data) {
        EXPECT_EQ(table->samples, trained_samples(source, n)) << data;
      } else {
        auto samples = generate_samples(test::stream(source.key, 0), source.purpose, n, 6);
        std::ranges::sort(samples);
        EXPECT_EQ(table->samples, samples) << data;
      }
    }
  }
}

TEST(LlcWork, NeighboursShareATable) {
  const LlcPlan plan = work_plan();
  RunControl control;
  LlcWork work(plan, nowhere, control);
  const auto one = [](const LlcGroup&) { return 1u; };
  std::vector<LlcShare> shares(plan.sites.size());
  for (LlcShare& share : shares) ASSERT_TRUE(work.next(one, true, share));
  EXPECT_EQ(shares[2].tables[0], shares[3].tables[0]);
  EXPECT_EQ(shares[2].tables[0], shares[4].tables[0]);
  EXPECT_NE(shares[4].tables[0], shares[5].tables[0]);
  EXPECT_TRUE(shares[7].tables.empty());
  // Data set 3 of the first group has another size than that of the last one.
  EXPECT_EQ(shares[6].tables[0]->samples.size(), 101u);
  EXPECT_EQ(shares[13].tables[0]->samples.size(), 37u);
}

TEST(LlcWork, TablesOutliveTheWork) {
  const LlcPlan plan = work_plan();
  RunControl control;
  LlcShare share;
  {
    LlcWork work(plan, nowhere, control);
    ASSERT_TRUE(work.next([](const LlcGroup&) { return 100u; }, false, share));
  }
  ASSERT_EQ(share.task.data.size(), 4u);
  for (const auto& [data, table] : share.task.data) EXPECT_EQ(table->samples.size(), 101u);
}

TEST(LlcWork, EverySiteGoesToOneOfManyThreads) {
  const LlcPlan plan = work_plan();
  RunControl control;
  LlcWork work(plan, nowhere, control);
  std::vector<std::atomic<int>> handed_out(plan.sites.size());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        LlcShare share;
        while (work.next([](const LlcGroup&) { return 2u; }, true, share)) {
          for (std::size_t s = 0; s < share.task.site_count; ++s)
            ++handed_out[share.task.first_site + s];
        }
      });
    }
  }
  for (const auto& count : handed_out) EXPECT_EQ(count, 1);
}

TEST(LlcWork, KnowsTheLambdasOfThePhases) {
  const PhaseLambdas lambdas = phase_lambdas({2, 6});
  EXPECT_EQ(lambdas.at(tms::phase_code(5, 0, 0)), 7);
  EXPECT_EQ(lambdas.at(tms::phase_code(5, 1, 0)), 8.5);
  EXPECT_EQ(lambdas.at(tms::phase_code(6, 0, 0)), 8.5);
  EXPECT_TRUE(phase_lambdas({3, 6}).empty());
}

// Has the sites of an earlier run.
class Some : public LlcSink {
 public:
  explicit Some(std::set<std::size_t> sites) : sites_(std::move(sites)) {}
  void accept(LlcBlock&&) override {}
  bool has(std::size_t site) const override { return sites_.contains(site); }

 private:
  std::set<std::size_t> sites_;
};

TEST(LlcWork, LeavesOutTheSitesOfEarlierRuns) {
  const LlcPlan plan = work_plan();
  std::set<std::size_t> had{0, 2, plan.sites.size() - 1};
  for (std::size_t s = 0; s < plan.groups[1].site_count; ++s)
    had.insert(plan.groups[1].first_site + s);
  Some some(had);
  RunControl control;
  LlcWork work(plan, some, control);
  LlcShare share;
  std::set<std::size_t> handed;
  while (work.next([](const LlcGroup&) { return 3u; }, false, share)) {
    const LlcGroup& group = *share.task.group;
    EXPECT_GE(share.task.first_site, group.first_site);
    EXPECT_LE(share.task.first_site + share.task.site_count, group.first_site + group.site_count);
    for (std::size_t s = 0; s < share.task.site_count; ++s)
      EXPECT_TRUE(handed.insert(share.task.first_site + s).second);
  }
  for (std::size_t s = 0; s < plan.sites.size(); ++s)
    EXPECT_NE(handed.contains(s), had.contains(s)) << s;
}

TEST(LlcWork, StopsWhereToldTo) {
  const LlcPlan plan = work_plan();
  RunControl control;
  LlcWork work(plan, nowhere, control);
  LlcShare share;
  EXPECT_TRUE(work.next([](const LlcGroup&) { return 1u; }, false, share));
  control.stop = true;
  EXPECT_FALSE(work.next([](const LlcGroup&) { return 1u; }, false, share));
}

}  // namespace
}  // namespace kgon
