// Faults planted into sequential Monte Carlo: the comparison with known evidences that the sound
// program passes (smc_island_test.cpp) has to catch each.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/sample_estimate.hpp"
#include "engine/smc_island.hpp"
#include "support/emulated_particles.hpp"
#include "support/statistics.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

using Model = test::StretchedWell;
constexpr double full_nbeta = 300, wells_prior = 0.7;

enum class Fault {
  none,
  missing_prior,          // moves know only the likelihood
  temperature_of_before,  // moves are those of the stage before
  reused_counter,         // every stage takes the random numbers of the first
  no_resampling,          // weights are reset, the particles stay
  biased_resampling,      // the first of two neighbours survives in place of the second
  stale_losses,           // weights see the losses from before the moves
};

class FaultyRunner : public test::EmulatedParticleRunner<Model, double, false> {
  // With the losses that the fault lets the weights see in the place of the particles'.
  template <class Body>
  auto with_losses(const Body& body) {
    const bool stale = fault_ == Fault::stale_losses;
    if (stale) std::swap_ranges(stale_.begin(), stale_.end(), group_.loss);
    struct Restore {
      bool stale;
      std::vector<double>& losses;
      double* of_group;
      ~Restore() {
        if (stale) std::swap_ranges(losses.begin(), losses.end(), of_group);
      }
    } restore{stale, stale_, group_.loss};
    return body();
  }

 public:
  using Base = test::EmulatedParticleRunner<Model, double, false>;
  explicit FaultyRunner(Fault fault) : fault_(fault) {}

  void start(const ParticleJob& job) override {
    Base::start(job);
    before_ = {0, 0, 0, 0};
    Base::read_losses(stale_);
  }

  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    ParticleStage moved = stage;
    if (fault_ == Fault::temperature_of_before) moved.nbeta = before_.nbeta;
    if (fault_ == Fault::reused_counter) moved = {stage.nbeta, stage.step_size, 0, 2};
    Base::read_losses(stale_);
    before_ = stage;
    if (fault_ != Fault::missing_prior) return Base::move(moved, control);
    const double scale = std::exchange(group_.prior_scale, 1e3);
    const std::uint64_t accepted = Base::move(moved, control);
    group_.prior_scale = scale;
    return accepted;
  }

  double least_loss() override {
    return with_losses([&] { return Base::least_loss(); });
  }
  WeightSums weigh(const Reweighting& change) override {
    return with_losses([&] { return Base::weigh(change); });
  }
  void reweight(const Reweighting& change) override {
    with_losses([&] { return Base::reweight(change); });
  }
  void read_losses(std::vector<double>& losses) override {
    with_losses([&] { return Base::read_losses(losses); });
  }

 private:
  void become(std::span<const std::uint32_t> ancestors) override {
    std::vector<std::uint32_t> chosen(ancestors.begin(), ancestors.end());
    if (fault_ == Fault::no_resampling)
      for (std::uint32_t k = 0; k < chosen.size(); ++k) chosen[k] = k;
    if (fault_ == Fault::biased_resampling) {
      std::vector<double> losses;
      Base::read_losses(losses);
      // Of each ancestor and the one behind it the better one.
      for (std::uint32_t& k : chosen)
        if (k > 0 && losses[k - 1] < losses[k]) --k;
    }
    Base::become(chosen);
  }

  Fault fault_;
  ParticleStage before_{};
  std::vector<double> stale_;
};

// The larger |z| of evidence and mean loss, over 40 islands of 128 particles.
double worst_z(Fault fault) {
  SamplePlan plan;
  plan.shape = {1, 17};
  plan.smc.islands = 40;
  plan.smc.particles = 128;
  plan.draws = 1;
  SampleRun& run = plan.runs.emplace_back();
  run.key = 4;
  run.population = true;
  run.samples = 1000;
  run.beta = full_nbeta / 1000;
  run.prior_scale = wells_prior;
  FaultyRunner runner(fault);
  RunControl control;
  std::vector<SampleBlock> blocks(plan.smc.islands);
  for (std::uint32_t i = 0; i < plan.smc.islands; ++i)
    run_island({&plan, 0, i, nullptr}, runner, blocks[i], control);
  const RunEstimate estimate = estimate_run(plan, blocks);
  const double step = 1e-4 * full_nbeta;
  const double mean_loss = (Model::log_evidence(full_nbeta - step, wells_prior) -
                            Model::log_evidence(full_nbeta + step, wells_prior)) /
                           (2 * step);
  const auto z = [](const Estimate& e, double truth) { return std::abs(e.value - truth) / e.se; };
  return std::max(z(estimate.log_evidence, Model::log_evidence(full_nbeta, wells_prior)),
                  z(estimate.mean_loss, mean_loss));
}

TEST(SmcFaults, WithoutOneItIsExact) {
  EXPECT_LT(worst_z(Fault::none), test::z_bound);
}

TEST(SmcFaults, AreCaught) {
  for (const Fault fault :
       {Fault::missing_prior, Fault::temperature_of_before, Fault::reused_counter,
        Fault::no_resampling, Fault::biased_resampling, Fault::stale_losses})
    EXPECT_GT(worst_z(fault), test::z_bound) << static_cast<int>(fault);
}

}  // namespace
}  // namespace kgon
