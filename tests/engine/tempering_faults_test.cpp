// Faults planted into parallel tempering: the comparison with known mean losses that the sound
// program passes (tempering_ladder_test.cpp) has to catch each.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/ladder_runs.hpp"
#include "engine/sample_estimate.hpp"
#include "support/emulated_particles.hpp"
#include "support/statistics.hpp"

namespace kgon {
namespace {

using Model = test::StretchedWell;
constexpr double beta = 2;
const std::vector<std::uint32_t> rungs{2, 5, 12, 30, 70, 150};

enum class Fault {
  none,
  moves_of_neighbour,  // the chains of a rung move at the temperature of the rung above
  swaps_of_neighbour,  // swaps are decided as if a rung had the temperature of the rung below
  all_swaps,           // every swap is made
};

// Moves at a temperature of its own, whatever the ladder says.
class FaultyRunner : public test::EmulatedParticleRunner<Model, double, false> {
 public:
  using Base = test::EmulatedParticleRunner<Model, double, false>;
  FaultyRunner(double nbeta, bool deaf) : nbeta_(nbeta), deaf_(deaf) {}

  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    ParticleStage moved = stage;
    moved.nbeta = nbeta_;
    return Base::move(moved, control);
  }
  // Losses that the swaps see are all the same.
  void read_losses(std::vector<double>& losses) override {
    Base::read_losses(losses);
    if (deaf_) losses.assign(losses.size(), 0);
  }

 private:
  double nbeta_;
  bool deaf_;
};

// The draws tell the law, whatever losses the runner told.
double mean_of_draws(const SampleBlock& block) {
  constexpr std::size_t size = Model::parameters;
  double gradient[size], sum = 0;
  const std::size_t draws = block.parameters.size() / size;
  for (std::size_t d = 0; d < draws; ++d)
    sum += Model::Population<double>{}(block.parameters.data() + d * size, gradient);
  return sum / static_cast<double>(draws);
}

// How many standard errors the mean loss of rung `faulty` is away from the exact one.
double deviation(Fault fault, std::size_t faulty) {
  SamplePlan plan = ladder_plan(rungs, 10, beta);
  plan.draws = plan.tempering.rounds;
  std::vector<double> nbeta;
  for (const std::uint32_t n : rungs) nbeta.push_back(beta * n);
  if (fault == Fault::moves_of_neighbour) nbeta[faulty] = nbeta[faulty + 1];
  // The ladder knows nothing but this n.
  if (fault == Fault::swaps_of_neighbour) plan.ladders[0].rungs[faulty].samples = rungs[faulty - 1];
  std::size_t made = 0;
  auto by_run = run_ladders<Model>(plan, [&] {
    return std::make_unique<FaultyRunner>(nbeta[made++ % rungs.size()], fault == Fault::all_swaps);
  });
  std::vector<SampleBlock>& islands = by_run[faulty / 2];
  for (SampleBlock& island : islands) island.mean_loss = mean_of_draws(island);
  const Estimate mean = estimate_run(plan, islands).mean_loss;
  return std::abs(mean.value - stretched_mean_loss(beta * rungs[faulty])) / mean.se;
}

TEST(TemperingFaults, TheSoundLadderPasses) {
  for (const std::size_t rung : {1u, 3u, 5u})
    EXPECT_LT(deviation(Fault::none, rung), test::z_bound);
}

TEST(TemperingFaults, MovesAtTheTemperatureOfTheNeighbourAreCaught) {
  for (const std::size_t rung : {1u, 3u})
    EXPECT_GT(deviation(Fault::moves_of_neighbour, rung), test::z_bound);
}

TEST(TemperingFaults, SwapsAtTheTemperatureOfTheNeighbourAreCaught) {
  for (const std::size_t rung : {1u, 3u, 5u})
    EXPECT_GT(deviation(Fault::swaps_of_neighbour, rung), test::z_bound);
}

TEST(TemperingFaults, SwapsThatAreAlwaysMadeAreCaught) {
  for (const std::size_t rung : {1u, 3u, 5u})
    EXPECT_GT(deviation(Fault::all_swaps, rung), test::z_bound);
}

}  // namespace
}  // namespace kgon
