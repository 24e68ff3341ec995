// The ensemble against an independent program: another generator, another language of formulas,
// double precision. Common to both are the law of the trajectories and what names the phase of an
// end.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "backends/conformance.hpp"
#include "kgon/model/tms/classify.hpp"
#include "kgon/model/tms/population.hpp"
#include "support/scalar_reference.hpp"

namespace kgon::test {
namespace {

constexpr int trajectories = 1000;
constexpr std::uint32_t samples = 1000, batch = 20;
// Four times the paper's rate and a fifth of its epochs: the same transitions in less time.
constexpr double learning_rate = 0.02;
constexpr int epochs = 800;
constexpr double noise = 0.01;

using Fractions = std::map<std::string, double>;

std::string final_phase(const double* w, const tms::PhaseLevels& levels) {
  double gradient[18], norm2 = 0;
  const double loss = tms::PopulationLoss<double, 2, 6>{}(w, gradient);
  for (const double g : gradient) norm2 += g * g;
  const tms::PhaseClassifier<2, 6> classify{&levels};
  return tms::phase_label(classify(w, loss, std::sqrt(norm2)).phase);
}

Fractions reference_fractions(const std::vector<double>& start, const tms::PhaseLevels& levels) {
  std::vector<std::string> phases(trajectories);
  const auto work = [&](int first) {
    for (int t = first; t < trajectories; t += 2) {
      const auto w = scalar_reference::scalar_sgd_trajectory(
          6, start, noise, samples, batch, learning_rate, epochs, static_cast<unsigned>(1000 + t));
      phases[static_cast<std::size_t>(t)] = final_phase(w.data(), levels);
    }
  };
  std::thread helper(work, 1);
  work(0);
  helper.join();
  Fractions fractions;
  for (const std::string& phase : phases) fractions[phase] += 1.0 / trajectories;
  return fractions;
}

Fractions engine_fractions(const TrainPlan& plan) {
  CollectingSink sink;
  RunControl control;
  make_backend({"cpu", 2, ""}, nullptr)->train(plan, sink, control);
  Fractions fractions;
  for (const TrainBlock& block : sink.blocks) {
    for (std::size_t m = 0; m < block.range.count; ++m) {
      fractions[final_phase(&block.parameters[m * 18], plan.levels)] += 1.0 / trajectories;
    }
  }
  return fractions;
}

TrainPlan ensemble_plan(Batching batching, double rate) {
  TrainPlan plan;
  plan.trajectories = plan.count = trajectories;
  plan.keep = KeepParameters::final;
  plan.levels = tms::phase_levels(6);
  TrainCell cell =
      make_cell(Dataset::own, batching, samples, batch, std::uint64_t{epochs} * samples / batch);
  cell.start_noise = noise;
  cell.learning_rate = rate;
  cell.record_steps = {0, cell.steps};
  plan.cells = {cell};
  return plan;
}

// Largest |difference| of two fractions in standard errors. Under equal laws each is normal to a
// good approximation, and the chance that any of at most 20 labels passes 4.5 is below 2e-4.
double largest_z(const Fractions& a, const Fractions& b) {
  double largest = 0;
  Fractions both = a;
  both.insert(b.begin(), b.end());
  for (const auto& [label, unused] : both) {
    const double pa = a.contains(label) ? a.at(label) : 0, pb = b.contains(label) ? b.at(label) : 0;
    // A label seen a handful of times is not normal; one pseudo-count keeps it from a zero error.
    const double p = (pa + pb) / 2 + 0.5 / trajectories;
    largest = std::max(largest, std::abs(pa - pb) / std::sqrt(2 * p * (1 - p) / trajectories));
  }
  return largest;
}

TEST(Ensemble, FinalPhasesAgreeWithAnIndependentScalarProgram) {
  const TrainPlan plan = ensemble_plan(Batching::shuffle, learning_rate);
  const Fractions reference = reference_fractions(plan.cells[0].start, plan.levels);
  const Fractions shuffled = engine_fractions(plan);
  for (const auto& [label, p] : reference) {
    std::printf("%-6s reference %.3f, kgon %.3f\n", label.c_str(), p,
                shuffled.contains(label) ? shuffled.at(label) : 0.0);
  }
  EXPECT_GE(reference.size(), 4u) << "the comparison needs several phases";
  EXPECT_LT(largest_z(reference, shuffled), 4.5);
  // Drawing with replacement has the same limit; over this many epochs it must agree too.
  EXPECT_LT(
      largest_z(reference, engine_fractions(ensemble_plan(Batching::replacement, learning_rate))),
      4.5);
  // The comparison can fail: a quarter of the learning rate is told apart.
  EXPECT_GT(
      largest_z(reference, engine_fractions(ensemble_plan(Batching::shuffle, learning_rate / 4))),
      4.5);
}

}  // namespace
}  // namespace kgon::test
