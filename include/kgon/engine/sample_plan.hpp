// What one `sample` run is: the contract between the study reader, the engine and the back ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgon/engine/llc_plan.hpp"
#include "kgon/engine/train_plan.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

// One posterior: exp(-n beta L_n(w)) N(w; 0, s^2 I), or with the population loss L in place of L_n.
struct SampleRun {
  std::string settings;   // canonical `key=value;...`, the text behind `key`
  std::uint64_t key = 0;  // hash(settings) and the seed; islands derive their Philox keys from it
  std::uint32_t samples = 1000;  // n
  bool population = false;
  std::uint32_t data_set = 0;  // which of the D independent data sets of this n
  DataSource data;             // unused with the population loss
  double beta = 1;             // inverse temperature, above 0
  double prior_scale = 1;      // s, above 0
};

// How sequential Monte Carlo goes from the prior to the posterior.
struct SmcSettings {
  std::uint32_t islands = 16;      // independent populations, 2 or more for standard errors
  std::uint32_t particles = 2048;  // of each island
  double ess = 0.9;         // conditional effective sample size of a stage, part of the particles
  std::uint32_t moves = 2;  // Hamiltonian steps of a stage
  std::uint32_t leapfrogs = 16;  // of a step: uniform on 1..leapfrogs
};

struct SamplePlan {
  ModelShape shape;
  Precision precision = Precision::float32;
  SmcSettings smc;
  std::uint32_t draws = 100;  // particles that each island hands on, at most all
  std::vector<SampleRun> runs;
  tms::PhaseLevels levels;
};

}  // namespace kgon
