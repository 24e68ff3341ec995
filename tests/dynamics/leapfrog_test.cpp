// The leapfrogs of the no-U-turn sampler and of HamiltonianStep against what leapfrogs are known to
// do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "gaussian_well.hpp"
#include "support/bananas.hpp"
#include "support/stepwise_nuts.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

using test::Bananas, test::StepwiseRunner, test::Vector, test::Walk;

template <class Model>
struct Position {
  Vector<Model> point, momentum;
};

// Away from where forces vanish, with momenta of the size that they have.
template <class Model>
Position<Model> somewhere() {
  Position<Model> at;
  LocalEntries<double, Model::parameters> normals;
  ChainNoise<double, Model::parameters>{test::stream(1, 0), Purpose::nuts_momenta}(0, normals);
  for (std::size_t p = 0; p < at.point.size(); ++p) {
    at.point[p] = 0.5 * std::cos(static_cast<double>(p));
    at.momentum[p] = normals.entry[p];
  }
  return at;
}

// One chain that is moved by hand.
template <class Model>
class Particle {
 public:
  Particle(const Walk& walk, const Position<Model>& at) {
    runner_.place(walk, at.point);
    set_momentum(at.momentum);
  }
  double energy() { return runner_.state(0).tree.draw.energy; }  // U at the start
  double leapfrog(int side = 1) { return runner_.only_leapfrog(0, side); }
  void set_momentum(const Vector<Model>& momentum) {
    runner_.set_row(0, NutsRow::moving + 1, momentum);
  }
  Position<Model> position() const {
    return {runner_.row(0, NutsRow::moving), runner_.row(0, NutsRow::moving + 1)};
  }

 private:
  StepwiseRunner<Model> runner_;
};

template <class Model>
double farthest_apart(const Vector<Model>& a, const Vector<Model>& b) {
  double farthest = 0;
  for (std::size_t p = 0; p < a.size(); ++p) farthest = test::worse(farthest, a[p] - b[p]);
  return std::abs(farthest);
}

template <class Model>
Vector<Model> negative(Vector<Model> vector) {
  for (double& x : vector) x = -x;
  return vector;
}

// There and back, by the other side and by turned momenta. What is left is roundoff, which 200
// leapfrogs may amplify: 1e-10 is a million times that of one.
template <class Model>
void expect_reversible(const Walk& walk) {
  constexpr int leapfrogs = 100;
  constexpr double roundoff = 1e-10;
  const Position<Model> start = somewhere<Model>();
  for (const bool by_side : {true, false}) {
    Particle<Model> particle(walk, start);
    for (int k = 0; k < leapfrogs; ++k) particle.leapfrog();
    const Position<Model> there = particle.position();
    EXPECT_GT(farthest_apart<Model>(there.point, start.point), 0.1);
    if (!by_side) particle.set_momentum(negative<Model>(there.momentum));
    for (int k = 0; k < leapfrogs; ++k) particle.leapfrog(by_side ? 0 : 1);
    const Position<Model> back = particle.position();
    const auto expected = by_side ? start.momentum : negative<Model>(start.momentum);
    EXPECT_LT(farthest_apart<Model>(back.point, start.point), roundoff);
    EXPECT_LT(farthest_apart<Model>(back.momentum, expected), roundoff);
  }
}

TEST(Leapfrog, IsReversible) {
  expect_reversible<test::StretchedWell>({20, 1, 0.1, 10, 1, 1, true});
  expect_reversible<Bananas>({1, 3, 0.03, 10, 1, 1, true});
  expect_reversible<test::TwoWells<4>>({1, 1, 0.05, 10, 1, 1, true});
}

// Over a time of 1.6, looked at after every 0.02.
constexpr int looks = 80;
constexpr double between_looks = 0.02;

// The largest error of the Hamiltonian, with `fineness` leapfrogs between two looks.
template <class Model>
double nuts_energy_error(Walk walk, int fineness) {
  walk.step_size = between_looks / fineness;
  const Position<Model> start = somewhere<Model>();
  Particle<Model> particle(walk, start);
  const double before =
      particle.energy() +
      test::dot<Model>(test::metric_of<Model>(walk), start.momentum, start.momentum) / 2;
  double farthest = 0;
  for (int leapfrog = 1; leapfrog <= looks * fineness; ++leapfrog) {
    const double now = particle.leapfrog();
    if (leapfrog % fineness == 0) farthest = test::worse(farthest, now - before);
  }
  return std::abs(farthest);
}

// The same of HamiltonianStep, whose momenta are those of somewhere().
template <class Model>
double hmc_energy_error(const Walk& walk, int fineness) {
  constexpr int P = Model::parameters;
  using Loss = typename Model::template Population<double>;
  const LocalPosterior<double, P, Loss, Origin<double>> posterior{
      {}, {}, walk.nbeta, std::pow(walk.prior_scale, -2), walk.nbeta};
  const ChainNoise<double, P> noise{test::stream(1, 0), Purpose::nuts_momenta};
  const Position<Model> start = somewhere<Model>();
  double farthest = 0;
  for (int look = 1; look <= looks; ++look) {
    ChainState<double, P> state{};
    std::copy(start.point.begin(), start.point.end(), state.parameters);
    state.alive = true;
    enter(state, posterior);
    const double before =
        state.energy +
        test::dot<Model>(test::metric_of<Model>(walk), start.momentum, start.momentum) / 2;
    LocalEntries<double, 3 * P> scratch;
    const HamiltonianStep<double, P> step{between_looks / fineness,
                                          static_cast<std::uint32_t>(look * fineness)};
    const auto move = step(state, posterior, noise, 0, scratch);
    EXPECT_TRUE(move.accepted);  // else the Hamiltonian told is that of the start
    farthest = test::worse(farthest, move.hamiltonian - before);
  }
  return std::abs(farthest);
}

// Halved steps leave a quarter of the error, and less than a fifth of that in terms of fourth
// order.
void expect_second_order(const auto& error_of_fineness) {
  double coarse = error_of_fineness(1);
  for (const int fineness : {2, 4, 8}) {
    const double fine = error_of_fineness(fineness);
    EXPECT_GT(coarse / fine, 3.3) << fineness;
    EXPECT_LT(coarse / fine, 4.7) << fineness;
    coarse = fine;
  }
}

TEST(Leapfrog, ErrsInSecondOrder) {
  const Walk well{20, 1, 0, 10, 1, 1}, valleys{1, 3, 0, 10, 1, 1};
  const Walk stretched{1, 3, 0, 10, 1, 1, true};
  expect_second_order([&](int n) { return nuts_energy_error<test::StretchedWell>(well, n); });
  expect_second_order([&](int n) { return nuts_energy_error<Bananas>(valleys, n); });
  expect_second_order([&](int n) { return nuts_energy_error<Bananas>(stretched, n); });
  expect_second_order([&](int n) { return hmc_energy_error<test::StretchedWell>(well, n); });
  expect_second_order([&](int n) { return hmc_energy_error<Bananas>(valleys, n); });
}

// A loss as those of a data set of a million samples are, far from 0 at its least: in the numbers
// of the posterior, or rounded as a program would that has its energies in float.
template <bool Rounded>
struct HeavyWell : test::StretchedWell {
  static constexpr double nbeta = 1e6, least = 0.5;

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      const S loss = least + test::StretchedWell::Population<S>{}(w, gradient);
      return Rounded ? static_cast<double>(static_cast<float>(nbeta * loss)) / nbeta : loss;
    }
  };
};

// The largest energy error on HeavyWell in units of its bound. In a direction of frequency f the
// leapfrog of length h keeps p^2 / 2 + (1 - a) (f q)^2 / 2 with a = (h f)^2 / 4: the Hamiltonian
// moves by a / (1 - a) at most of what it is above the well's ground.
template <bool Rounded>
double energy_error_over_bound() {
  using Model = HeavyWell<Rounded>;
  constexpr double of_stiffest = 0.02;  // h f
  const double stiffest = Model::nbeta * Model::stiffness(Model::parameters - 1) + 1;
  Position<Model> start = somewhere<Model>();
  for (int p = 0; p < Model::parameters; ++p)
    start.point[static_cast<std::size_t>(p)] = Model::place(p);
  Particle<Model> particle({Model::nbeta, 1, of_stiffest / std::sqrt(stiffest), 10, 1, 1}, start);
  const Vector<Model> masses = test::metric_of<Model>({});
  const double kinetic = test::dot<Model>(masses, start.momentum, start.momentum) / 2;
  const double before = particle.energy() + kinetic;
  // The loss is at its least: the ground is not farther below than the prior's part.
  const double prior = test::dot<Model>(masses, start.point, start.point) / 2;
  const double a = of_stiffest * of_stiffest / 4;
  double farthest = 0;
  for (int k = 0; k < 1000; ++k) farthest = test::worse(farthest, particle.leapfrog() - before);
  return std::abs(farthest) / (a / (1 - a) * (kinetic + prior));
}

TEST(Leapfrog, KeepsTheHamiltonianOfAHeavyLoss) {
  const double error = energy_error_over_bound<false>();
  EXPECT_LT(error, 1);
  EXPECT_GT(error, 0);
}
TEST(NoUTurnFaults, EnergiesInFloatAreCaught) {
  EXPECT_GT(energy_error_over_bound<true>(), 1);
}

}  // namespace
}  // namespace kgon
