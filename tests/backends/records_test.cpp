// What a back end records against what the recorded parameters say: losses, phases, plateaus,
// visits, and with minibatches of the whole data set every step, from the formulas.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backends/conformance.hpp"
#include "engine/sorted_samples.hpp"
#include "kgon/model/tms/classify.hpp"
#include "kgon/model/tms/population.hpp"
#include "support/tms_reference.hpp"

namespace kgon::test {
namespace {

using Parameters = Point<2, 6>;
constexpr std::size_t P = 18;
constexpr std::uint64_t steps = 4000, classify_every = 7;
constexpr double learning_rate = 0.05;
constexpr std::uint32_t samples = 40;

// Members 1 to 8 of nine at every step, each step with the whole data set.
TrainPlan plan_of(Dataset dataset) {
  TrainPlan plan;
  plan.precision = Precision::float64;
  plan.trajectories = 9;
  plan.first = 1;
  plan.count = 8;
  plan.levels = tms::phase_levels(6);
  // Minima of 40 samples lie far above the levels.
  plan.levels.tolerance.loss = 20;
  plan.levels.tolerance.gradient = 1;
  TrainCell cell = make_cell(dataset, Batching::shuffle, samples, samples, steps);
  cell.learning_rate = learning_rate;
  cell.classify_every = classify_every;
  cell.record_steps.resize(steps + 1);
  std::iota(cell.record_steps.begin(), cell.record_steps.end(), 0u);
  plan.cells = {cell};
  return plan;
}

struct Told {
  double loss;
  Parameters gradient;
};

// The loss that a member's steps descend and its gradient, term by term.
Told told_by(const TrainCell& cell, std::uint64_t member, const Parameters& w) {
  Told told{};
  if (cell.dataset == Dataset::population) {
    told.loss = tms::PopulationLoss<double, 2, 6>{}(w.data(), told.gradient.data());
    return told;
  }
  const bool own = cell.dataset == Dataset::own;
  const auto set =
      generate_samples(member_stream(cell.key, own ? static_cast<std::uint32_t>(member) : 0),
                       own ? Purpose::data : Purpose::shared_data, samples, 6);
  const auto plain = plain_gradient<2, 6>(w, set, kgon_predicate<double, 2, 6>(w));
  return {plain.loss, plain.gradient};
}

struct Visit {
  tms::PhaseCode phase;
  std::uint64_t step;
  bool operator==(const Visit&) const = default;
};

class Records : public testing::TestWithParam<Dataset> {};

TEST_P(Records, SayWhatTheParametersSay) {
  const TrainPlan plan = plan_of(GetParam());
  const TrainCell& cell = plan.cells[0];
  CollectingSink sink;
  RunControl control;
  make_backend({"cpu", 2, ""}, nullptr)->train(plan, sink, control);
  const tms::PhaseClassifier<2, 6> classify{&plan.levels};
  constexpr std::size_t R = steps + 1;
  std::size_t members = 0, visits = 0, hulls_of_their_own = 0;
  for (const TrainBlock& block : sink.blocks) {
    for (std::size_t m = 0; m < block.range.count; ++m, ++members) {
      std::vector<Visit> visited;
      Parameters w{}, before{};
      for (std::size_t r = 0; r < R; ++r, before = w) {
        const std::size_t at = m * R + r;
        std::copy_n(&block.parameters[at * P], P, w.begin());
        const std::string where =
            "member " + std::to_string(block.range.first + m) + ", step " + std::to_string(r);
        Parameters gradient{};
        const double population = tms::PopulationLoss<double, 2, 6>{}(w.data(), gradient.data());
        const double norm =
            std::sqrt(std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0));
        const auto seen = classify(w.data(), population, norm);
        ASSERT_NEAR(block.population_loss[at], population, 1e-13) << where;
        ASSERT_NEAR(block.gradient_norm[at], norm, 1e-6 * (1 + norm)) << where;
        ASSERT_NEAR(block.training_loss[at], told_by(cell, block.range.first + m, w).loss, 1e-12)
            << where;
        ASSERT_EQ(block.phase[at], seen.phase) << where;
        ASSERT_EQ(block.hull_phase[at], seen.hull_phase) << where;
        ASSERT_EQ(block.negative_biases[at], seen.negative_biases) << where;
        ASSERT_EQ(block.on_plateau[at] != 0, seen.on_plateau) << where;
        hulls_of_their_own += seen.hull_phase != seen.phase ? 1 : 0;
        const bool is_look = r % classify_every == 0 || r == steps;
        if (is_look && seen.on_plateau && (visited.empty() || visited.back().phase != seen.phase))
          visited.push_back({seen.phase, r});
        if (r == 0) continue;
        const Told told = told_by(cell, block.range.first + m, before);
        for (std::size_t p = 0; p < P; ++p)
          ASSERT_NEAR(w[p], before[p] - learning_rate * told.gradient[p], 1e-14)
              << where << ", parameter " << p;
      }
      ASSERT_EQ(block.visits[m], visited.size());
      for (std::size_t v = 0; v < std::min<std::size_t>(visited.size(), max_visits); ++v) {
        const std::size_t at = m * max_visits + v;
        EXPECT_EQ((Visit{block.visit_phase[at], block.visit_step[at]}), visited[v]) << v;
      }
      visits += visited.size();
    }
  }
  EXPECT_EQ(members, 8u);
  // There was something to tell apart.
  EXPECT_GT(visits, members);
  EXPECT_GT(hulls_of_their_own, 0u);
}

std::string name_of(const testing::TestParamInfo<Dataset>& test) {
  constexpr const char* names[] = {"own", "shared", "population"};
  return names[static_cast<int>(test.param)];
}

INSTANTIATE_TEST_SUITE_P(Backends, Records,
                         testing::Values(Dataset::own, Dataset::shared, Dataset::population),
                         name_of);

}  // namespace
}  // namespace kgon::test
