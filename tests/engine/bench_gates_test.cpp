// The gates of `kgon bench` pass on a sound back end and fail on one with a planted fault.
#include "engine/bench_gates.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/bench_suite.hpp"
#include "support/faulty_backend.hpp"

namespace kgon::test {
namespace {

class BenchGates : public testing::Test {
 protected:
  GateSubject subject(Backend& backend, Precision precision = Precision::float32) {
    return {backend, *reference_, {2, 6}, precision, host_gradient({2, 6}, precision), control_};
  }
  // The names of the gates that fail, each followed by a semicolon.
  static std::string failed(const std::vector<Gate>& gates) {
    std::string names;
    for (const Gate& gate : gates)
      if (!gate.has_passed) names += gate.name + ";";
    return names;
  }
  static std::string shown(const std::vector<Gate>& gates) {
    std::string text;
    for (const Gate& gate : gates) text += gate.name + ": " + gate.finding + "\n";
    return text;
  }

  std::unique_ptr<Backend> sound_ = make_backend({"cpu", 2, ""}, nullptr);
  std::unique_ptr<Backend> reference_ = make_backend({"cpu", 1, "baseline"}, nullptr);
  RunControl control_;
};

TEST_F(BenchGates, ASoundBackendPassesAll) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const GateSubject sound = subject(*sound_, precision);
    for (const auto& gates : {train_gates(sound), llc_gates(sound), sample_gates(sound)}) {
      EXPECT_GE(gates.size(), 4u);
      EXPECT_EQ(failed(gates), "") << shown(gates);
    }
  }
}

TEST_F(BenchGates, AWrongStepIsSeen) {
  Faults faults;
  faults.train = [](TrainBlock& block) {
    for (double& entry : block.parameters) entry *= 1 + 1e-4;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  EXPECT_EQ(failed(train_gates(subject(backend))),
            "minibatch gradient;gradient of L;500 steps;same bits;");
}

TEST_F(BenchGates, WhatIsNoNumberIsSeen) {
  Faults faults;
  faults.train = [](TrainBlock& block) {
    block.parameters.back() = NAN;
    return true;
  };
  faults.llc = [](LlcBlock& block) {
    block.estimates[0].lambda_hat = NAN;
    return true;
  };
  faults.sample = [](SampleBlock& block) {
    block.mean_loss = block.loss[0] = NAN;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  const GateSubject spoilt = subject(backend);
  EXPECT_EQ(failed(train_gates(spoilt)), "minibatch gradient;gradient of L;500 steps;same bits;");
  EXPECT_EQ(failed(llc_gates(spoilt)), "langevin, 6-gon;hmc, 6-gon;same bits;");
  EXPECT_EQ(failed(sample_gates(spoilt)), "smc, n = 10;hmc, n = 10;nuts, n = 10;same bits;");
}

TEST_F(BenchGates, OneBitOfOneTrajectoryIsSeen) {
  Faults faults;
  faults.train = [](TrainBlock& block) {
    double& entry = block.parameters.back();
    if (block.range.first == 0) entry = std::nextafter(entry, 9.0);
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  EXPECT_EQ(failed({train_bits_gate(subject(backend))}), "same bits;");
  EXPECT_EQ(failed({descent_gate(subject(backend))}), "");
}

TEST_F(BenchGates, AWrongLawOfChainsIsSeen) {
  Faults faults;
  faults.llc = [](LlcBlock& block) {
    for (LlcEstimate& estimate : block.estimates) estimate.lambda_hat += 6 * estimate.mcse;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  EXPECT_EQ(failed(llc_gates(subject(backend))), "langevin, 6-gon;hmc, 6-gon;same bits;");
}

TEST_F(BenchGates, AWrongStepOfAChainIsSeen) {
  Faults faults;
  faults.llc = [](LlcBlock& block) {
    if (!block.losses.empty()) block.losses.back() *= 1 + 2e-5;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  EXPECT_EQ(failed(llc_gates(subject(backend))), "200 steps, langevin;200 steps, sgld;same bits;");
}

TEST_F(BenchGates, AWrongPosteriorIsSeen) {
  Faults faults;
  faults.sample = [](SampleBlock& block) {
    for (double& loss : block.loss) loss *= 1.1;
    block.mean_loss *= 1.1;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  EXPECT_EQ(failed(sample_gates(subject(backend))),
            "smc, n = 10;hmc, n = 10;nuts, n = 10;same bits;");
}

TEST_F(BenchGates, AWrongEvidenceIsSeen) {
  Faults faults;
  faults.sample = [](SampleBlock& block) {
    block.log_evidence += 0.3;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  EXPECT_EQ(failed({prior_law_gate(subject(backend), SampleMethod::smc)}), "smc, n = 10;");
}

TEST_F(BenchGates, MissingResultsAreSeen) {
  Faults faults;
  faults.train = [](TrainBlock&) { return false; };
  faults.llc = [](LlcBlock&) { return false; };
  faults.sample = [](SampleBlock&) { return false; };
  FaultyBackend backend(*sound_, faults);
  const GateSubject empty = subject(backend);
  EXPECT_EQ(failed(train_gates(empty)), "minibatch gradient;gradient of L;500 steps;same bits;");
  EXPECT_EQ(failed(llc_gates(empty)),
            "200 steps, langevin;200 steps, sgld;langevin, 6-gon;hmc, 6-gon;same bits;");
  EXPECT_EQ(failed(sample_gates(empty)), "smc, n = 10;hmc, n = 10;nuts, n = 10;same bits;");
}

TEST_F(BenchGates, AWrongExactGradientIsSeen) {
  GateSubject spoilt = subject(*sound_);
  spoilt.exact_gradient = [sound = spoilt.exact_gradient](
                              const double* w, const SortedSampleTable& data, double* gradient) {
    const double loss = sound(w, data, gradient);
    gradient[7] += 1e-3;
    return loss;
  };
  EXPECT_EQ(failed({exact_gradient_gate(spoilt, "llc")}), "exact gradient;");
}

TEST_F(BenchGates, NoSuiteIsTimedWhoseGateFails) {
  Faults faults;
  faults.train = [](TrainBlock& block) {
    for (double& entry : block.parameters) entry += 1e-3;
    return true;
  };
  FaultyBackend backend(*sound_, faults);
  SuiteRequest request;
  request.suite = "train";
  request.grid = {{2, 6}, Precision::float32, 1, {8}, {50}, {50}};
  request.timing = {1, 0.001};
  const SuiteReport spoilt = run_suite(request, backend, *reference_, control_);
  ASSERT_NE(spoilt.failed_gate(), nullptr);
  EXPECT_TRUE(spoilt.cases.empty());
  const SuiteReport sound = run_suite(request, *sound_, *reference_, control_);
  EXPECT_EQ(sound.failed_gate(), nullptr);
  ASSERT_EQ(sound.cases.size(), 3u);
  EXPECT_GT(sound.part_of_roof(sound.cases[0]), 0);
}

}  // namespace
}  // namespace kgon::test
