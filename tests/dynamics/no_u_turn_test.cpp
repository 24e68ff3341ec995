// The no-U-turn sampler against a recursive one that takes the same random numbers and the exact
// law of a Gaussian well; and the same checks against samplers with a planted mistake, which they
// must refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "gaussian_well.hpp"
#include "support/bananas.hpp"
#include "support/recursive_nuts.hpp"
#include "support/stepwise_nuts.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

using test::Bananas, test::Fault, test::Ending, test::RecursiveStep, test::ReferenceStep,
    test::StepwiseRunner, test::Vector, test::Walk;

// What a comparison with the reference came across.
struct Seen {
  std::map<Ending, int> endings;
  std::map<int, int> depths;
  int differing = 0;  // steps
};

bool near(double a, double b) {
  // Two ways to sum the same; a trajectory amplifies the difference, but not seven digits' worth.
  constexpr double roundoff = 1e-9;
  return std::abs(a - b) <= roundoff * std::max(1.0, std::abs(b));
}

template <class Model>
bool is_same(const ReferenceStep<Model>& reference, const NutsDraw& draw, const double* point) {
  bool same = draw.leapfrogs == reference.leapfrogs && draw.depth == reference.depth &&
              (draw.diverging == 1) == (reference.ending == Ending::divergence) &&
              near(draw.loss, reference.draw.loss) &&
              near(draw.hamiltonian, reference.draw.hamiltonian) &&
              std::abs(draw.acceptance - reference.acceptance) < 1e-6;  // a float
  for (const double x : reference.draw.point) same &= near(*point++, x);
  return same;
}

NutsDraws run_to_the_end(NutsRunner& runner) {
  RunControl control;
  for (bool done = false; !done;) done = runner.advance(control);
  NutsDraws drawn;
  runner.read_draws(drawn);
  return drawn;
}

// Every step against the reference's from the same point.
template <class Model>
void compare(const Walk& walk, const Vector<Model>& start, Seen& seen, Fault fault = Fault::none) {
  StepwiseRunner<Model> runner(fault);
  runner.place(walk, start);
  const NutsDraws drawn = run_to_the_end(runner);
  for (std::size_t chain = 0; chain < walk.chains; ++chain) {
    Vector<Model> before = start;
    for (std::size_t step = 0; step < walk.steps; ++step) {
      RecursiveStep<Model> recursive(test::settings_of(walk), test::metric_of<Model>(walk), chain,
                                     step);
      const ReferenceStep<Model> reference = recursive.from(before);
      const std::size_t at = chain * walk.steps + step;
      const double* point = drawn.parameters.data() + at * before.size();
      if (!is_same(reference, drawn.draws[at], point)) ++seen.differing;
      ++seen.endings[reference.ending];
      ++seen.depths[reference.depth];
      std::copy_n(point, before.size(), before.begin());
    }
  }
}

// Walks on which trajectories of all lengths come to all the ends there are.
Seen compare_all(Fault fault) {
  Seen seen;
  compare<test::StretchedWell>({20, 1, 0.1, 10, 3, 300}, {}, seen, fault);
  compare<test::StretchedWell>({20, 1, 0.02, 10, 3, 100, true}, {}, seen, fault);
  compare<test::StretchedWell>({20, 1, 0.05, 4, 3, 100}, {}, seen, fault);
  compare<test::TwoWells<4>>({1, 1, 0.08, 10, 3, 500}, {0.9}, seen, fault);
  compare<test::TwoWells<4>>({1, 1, 0.05, 10, 3, 500, true}, {-1.4}, seen, fault);
  compare<Bananas>({1, 3, 0.05, 10, 3, 500}, {}, seen, fault);
  compare<Bananas>({1, 3, 0.05, 10, 3, 500, true}, {}, seen, fault);
  compare<Bananas>({1, 3, 0.3, 10, 3, 500}, {}, seen, fault);
  return seen;
}

TEST(NoUTurn, IsTheRecursiveSamplerStepByStep) {
  Seen seen = compare_all(Fault::none);
  EXPECT_EQ(seen.differing, 0);
  // Enough of each that a mistake in one of them would show.
  for (int depth = 0; depth <= 7; ++depth) EXPECT_GE(seen.depths[depth], depth == 0 ? 1 : 20);
  for (const Ending ending :
       {Ending::turn_of_a_part, Ending::turn_of_the_whole, Ending::depth_limit, Ending::divergence})
    EXPECT_GE(seen.endings[ending], 100) << static_cast<int>(ending);
}

// Trajectories are then about as long as they should be and their law is close to the exact one:
// it takes the reference to be sure.
TEST(NoUTurnFaults, MisplacedCheckpointsAreCaught) {
  EXPECT_GT(compare_all(Fault::checkpoint_leaf_early).differing, 0);
  EXPECT_GT(compare_all(Fault::checkpoint_row_above).differing, 0);
}

// What the runner with the faults does without one.
TEST(NoUTurn, LeapfrogsOneByOneAreTheSameChain) {
  const Walk walk{1, 3, 0.1, 10, 3, 100};
  StepwiseRunner<Bananas> stepwise;
  stepwise.place(walk, {});
  test::EmulatedNutsRunner<Bananas, double, false> together;
  together.start({test::settings_of(walk), walk.chains}, std::vector<double>(12));
  EXPECT_EQ(run_to_the_end(stepwise).parameters, run_to_the_end(together).parameters);
}

// Energy that is not a number is as bad as infinite energy: the leaf counts as refused.
struct Nowhere : Bananas {
  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      for (int p = 0; p < parameters; ++p) gradient[p] = 1;
      return w[0] == 0 ? 0 : NAN;
    }
  };
};

TEST(NoUTurn, ALeafWithoutEnergyIsRefused) {
  const Walk walk{1, 1, 0.1, 10, 1, 3};
  StepwiseRunner<Nowhere> runner;
  runner.place(walk, {});
  const NutsDraws drawn = run_to_the_end(runner);
  EXPECT_EQ(drawn.parameters, std::vector<double>(12));
  for (const NutsDraw& draw : drawn.draws) {
    EXPECT_EQ(draw.diverging, 1);
    EXPECT_EQ(draw.leapfrogs, 1u);
    EXPECT_EQ(draw.depth, 0);
    EXPECT_EQ(draw.acceptance, 0);
  }
}

// z-scores of the means and variances of all directions of a Gaussian target: final states of
// independent chains, so that their laws are known. A trajectory of the no-U-turn sampler goes
// through half a turn of the slowest direction: after 25 of them nothing is left of the start.
double worst_law_score(Fault fault) {
  using Model = test::StretchedWell;
  constexpr double nbeta = 5, chains = 4000;
  StepwiseRunner<Model> runner(fault);
  runner.place({nbeta, 1, 0.3, 5, static_cast<std::uint32_t>(chains), 25}, {});
  run_to_the_end(runner);
  std::vector<double> scores;
  double means = 0, variances = 0;
  for (int p = 0; p < Model::parameters; ++p) {
    const double precision = nbeta * Model::stiffness(p) + 1;
    const double center = nbeta * Model::stiffness(p) * Model::place(p) / precision;
    double sum = 0, squares = 0;
    for (std::uint32_t slot = 0; slot < chains; ++slot) {
      const double x = runner.row(slot, NutsRow::moving)[static_cast<std::size_t>(p)] - center;
      sum += x * std::sqrt(precision);
      squares += x * x * precision;
    }
    scores.push_back(sum / std::sqrt(chains));
    scores.push_back((squares - chains) / std::sqrt(2 * chains));
    means += scores[scores.size() - 2];
    variances += scores.back();
  }
  for (const double total : {means, variances})
    scores.push_back(total / std::sqrt(static_cast<double>(Model::parameters)));
  return std::abs(test::worst(scores));
}

TEST(NoUTurn, HasTheExactLawOfAGaussian) {
  EXPECT_LT(worst_law_score(Fault::none), test::z_bound);
}

TEST(NoUTurnFaults, WrongLawsAreCaught) {
  for (const Fault fault : {Fault::half_refresh, Fault::reused_counter, Fault::missing_prior,
                            Fault::swapped_acceptance})
    EXPECT_GT(worst_law_score(fault), test::z_bound) << static_cast<int>(fault);
}

}  // namespace
}  // namespace kgon
