// Errors of crossings, and crossings that are known to a bracket.
#include "engine/sample_crossings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "kgon/engine/catalogue.hpp"
#include "support/phases.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::five;
using test::six;

// difference: F_5 - F_6; infinite where one of them was not visited.
SampleBlock island(double difference, double log_evidence = 0) {
  SampleBlock block;
  block.log_evidence = log_evidence;
  const double part = 1 / (1 + std::exp(-difference));
  if (part < 1) block.hull_phases[five] = 1 - part;
  if (part > 0) block.hull_phases[six] = part;
  return block;
}

// The runs and islands of one study.
struct Posteriors {
  SamplePlan plan;
  std::vector<RunEstimate> estimates;

  Posteriors() { plan.shape = {2, 6}; }
  void add(std::uint32_t n, std::uint32_t data_set, const std::vector<SampleBlock>& islands) {
    SampleRun& run = plan.runs.emplace_back();
    run.samples = n;
    run.data_set = data_set;
    estimates.push_back(estimate_run(plan, islands));
  }
  std::vector<Crossing> crossings() const { return find_crossings(plan, estimates); }
};

TEST(SampleCrossings, AreWhereTheMostProbablePhaseChanges) {
  Posteriors posteriors;
  for (const auto& [n, difference] :
       {std::pair{400u, 5.0}, std::pair{100u, -3.0}, std::pair{200u, -1.0}, std::pair{300u, 3.0}})
    posteriors.add(n, 0, {island(difference), island(difference)});
  const auto crossings = posteriors.crossings();
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_EQ(crossings[0].from, five);
  EXPECT_EQ(crossings[0].to, six);
  // -1 at 200 and 3 at 300, of which -1.5 log n bends the line between them.
  const double n = crossings[0].n_measured, x = (n - 200) / 100;
  EXPECT_NEAR(-1 + 4 * x - 1.5 * (std::log(n) - (1 - x) * std::log(200) - x * std::log(300)), 0,
              1e-6);
  EXPECT_NEAR(n, 225, 3);
  EXPECT_EQ(crossings[0].data_sets, 1u);
  EXPECT_NEAR(crossings[0].n_predicted, 601, 0.5);  // the paper's
}

TEST(SampleCrossings, AreAveragedOverDataSets) {
  Posteriors posteriors;
  const double differences[] = {-1, 1, -3, 1};
  for (std::uint32_t r = 0; r < 4; ++r)
    posteriors.add(r % 2 == 0 ? 100 : 200, r / 2, {island(differences[r]), island(differences[r])});
  const auto crossings = posteriors.crossings();
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_NEAR(crossings[0].n_measured, (150 + 175) / 2.0, 4);
  EXPECT_NEAR(crossings[0].se, 12.5, 2);
  EXPECT_EQ(crossings[0].data_sets, 2u);
  // Another beta is another series.
  posteriors.plan.runs[2].beta = posteriors.plan.runs[3].beta = 0.5;
  EXPECT_EQ(posteriors.crossings().size(), 2u);
}

// The error of a crossing is that of its differences, carried along the line.
TEST(SampleCrossings, ErrorOfOneDataSetComesFromItsIslands) {
  Posteriors posteriors;
  posteriors.add(100, 0, {island(-1.01), island(-0.99)});
  posteriors.add(200, 0, {island(1), island(1)});
  // Half of the error 0.01 of the left end, over the slope of about 2 in 100.
  EXPECT_NEAR(posteriors.crossings().at(0).se, 0.25, 0.05);
}

// Chains that do not go between phases say where they started.
TEST(SampleCrossings, TakeNoRunsOfChainsThatDoNotMix) {
  Posteriors posteriors;
  posteriors.add(100, 0, {island(-1), island(-1)});
  posteriors.add(200, 0, {island(1), island(1)});
  posteriors.plan.method = SampleMethod::hmc;
  for (RunEstimate& estimate : posteriors.estimates) estimate.chains.chains = 4;
  EXPECT_TRUE(posteriors.crossings().empty());
  for (RunEstimate& estimate : posteriors.estimates) estimate.chains.mixing_chains = 2;
  EXPECT_EQ(posteriors.crossings().size(), 1u);
}

struct Errors {
  double true_error = 0, reported = 0;  // root mean squares over the repetitions
};

// Islands of which the differences at n and at 2 n correlate so.
Errors errors_of(double correlation) {
  test::WordSource source(11);
  constexpr int rounds = 1000;
  double mean = 0, squares = 0, reported = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<SampleBlock> before, after;
    for (int i = 0; i < 16; ++i) {
      const double x = source.normal(), y = source.normal();
      const double rest = std::sqrt(1 - correlation * correlation);
      before.push_back(island(-1 + 0.2 * x));
      after.push_back(island(1 + 0.2 * (correlation * x + rest * y)));
    }
    Posteriors posteriors;
    posteriors.plan.shape = {3, 6};  // of which there is no theory, to be computed every time
    posteriors.add(100, 0, before);
    posteriors.add(200, 0, after);
    const Crossing crossing = posteriors.crossings().at(0);
    mean += crossing.n_measured / rounds;
    squares += crossing.n_measured * crossing.n_measured / rounds;
    reported += crossing.se * crossing.se / rounds;
  }
  return {std::sqrt(squares - mean * mean), std::sqrt(reported)};
}

TEST(SampleCrossings, ErrorCoversIndependentIslands) {
  const Errors errors = errors_of(0);
  EXPECT_NEAR(errors.reported / errors.true_error, 1, 0.1);
}

// As in tempering, where an island has all n of the grid on its ladder. The errors of the two n,
// put together as those of strangers, are too small by a third.
TEST(SampleCrossings, ErrorCoversIslandsThatBothEndsShare) {
  const Errors errors = errors_of(1);
  EXPECT_NEAR(errors.reported / errors.true_error, 1, 0.1);
  EXPECT_GT(errors.true_error, 1.3 * errors_of(0).true_error);
}

// Two islands, next to the left end of the bracket: without one of them the zero is outside.
TEST(SampleCrossings, ErrorNextToAGridPointIsNotCutOff) {
  Posteriors middle, edge;
  middle.add(100, 0, {island(-1.1), island(-0.9)});
  middle.add(200, 0, {island(0.9), island(1.1)});
  edge.add(100, 0, {island(-0.12), island(0.08)});
  edge.add(200, 0, {island(1.88), island(2.08)});
  const Crossing at_edge = edge.crossings().at(0);
  EXPECT_LT(at_edge.n_measured, 102);
  // Half the distance of what each says alone; the term in log n bends the line by a tenth or two.
  EXPECT_NEAR(middle.crossings().at(0).se, 5, 0.5);
  EXPECT_NEAR(at_edge.se, 5, 1.5);
  EXPECT_GT(at_edge.se, at_edge.n_measured - 100);
}

// The second island alone has the phases the other way round.
TEST(SampleCrossings, IslandsThatKnowOfNoCrossingLeaveNoError) {
  Posteriors posteriors;
  posteriors.add(100, 0, {island(-2), island(1)});
  posteriors.add(200, 0, {island(3), island(-1)});
  const Crossing crossing = posteriors.crossings().at(0);
  EXPECT_GT(crossing.n_measured, 100);
  EXPECT_LT(crossing.n_measured, 200);
  EXPECT_TRUE(std::isnan(crossing.se));
}

TEST(SampleCrossings, AreListedWhereAPhaseIsUnvisited) {
  Posteriors posteriors;
  posteriors.add(200, 0, {island(-1), island(-1)});
  posteriors.add(5000, 0, {island(INFINITY), island(INFINITY)});
  const auto crossings = posteriors.crossings();
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_EQ(crossings[0].from, five);
  EXPECT_EQ(crossings[0].to, six);
  EXPECT_TRUE(std::isnan(crossings[0].n_measured));
  EXPECT_TRUE(std::isnan(crossings[0].se));
  EXPECT_EQ(crossings[0].below, 200u);
  EXPECT_EQ(crossings[0].above, 5000u);
  EXPECT_EQ(crossings[0].data_sets, 0u);
  EXPECT_EQ(crossings[0].data_sets_unresolved, 1u);
  EXPECT_NEAR(crossings[0].n_predicted, 601, 0.5);
}

TEST(SampleCrossings, TheMeanSaysWhatItLeavesOut) {
  Posteriors posteriors;
  for (const std::uint32_t data_set : {0u, 1u, 2u}) {
    const bool early = data_set == 2;
    posteriors.add(100, data_set, {island(early ? -INFINITY : -5), island(early ? -INFINITY : -5)});
    posteriors.add(200, data_set, {island(early ? 5 : -1), island(early ? 5 : -1)});
    posteriors.add(300, data_set, {island(data_set == 0 ? 1 : 3), island(data_set == 0 ? 1 : 3)});
  }
  const auto crossings = posteriors.crossings();
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_EQ(crossings[0].data_sets, 2u);
  EXPECT_EQ(crossings[0].data_sets_unresolved, 1u);
  EXPECT_EQ(crossings[0].below, 100u);
  EXPECT_EQ(crossings[0].above, 300u);
  ASSERT_EQ(crossings[0].of_data_sets.size(), 3u);
  for (std::uint32_t d = 0; d < 3; ++d) {
    const MeasuredCrossing& one = crossings[0].of_data_sets[d];
    EXPECT_EQ(one.data_set, d);
    EXPECT_EQ(one.below, d == 2 ? 100u : 200u);
    EXPECT_EQ(one.above, d == 2 ? 200u : 300u);
    EXPECT_EQ(std::isnan(one.n), d == 2);
  }
  EXPECT_NEAR(crossings[0].n_measured, (250 + 225) / 2.0, 3);
  EXPECT_NEAR(crossings[0].se, 12.5, 2);
}

// NaN has no place in an order: such crossings have that of their bracket.
TEST(SampleCrossings, AreInOrderWithOrWithoutANumber) {
  Posteriors posteriors;
  const double at[2][3] = {{INFINITY, -1, 1}, {-1, 2, -INFINITY}};
  for (std::uint32_t b = 0; b < 2; ++b)
    for (std::uint32_t i = 0; i < 3; ++i) {
      posteriors.add(100 * (i + 1), 0, {island(at[b][i]), island(at[b][i])});
      posteriors.plan.runs.back().beta = 0.5 + 0.5 * b;
    }
  const auto crossings = posteriors.crossings();
  ASSERT_EQ(crossings.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(crossings[i].beta, i < 2 ? 0.5 : 1);
    EXPECT_EQ(crossings[i].below, i % 2 == 0 ? 100u : 200u);
    EXPECT_EQ(std::isnan(crossings[i].n_measured), i == 0 || i == 3);
  }
}

}  // namespace
}  // namespace kgon
