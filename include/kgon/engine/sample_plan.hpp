// What one `sample` run is: the contract between the study reader, the engine and the back ends.
#pragma once

#include <cstdint>
#include <optional>
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

enum class SampleMethod : std::uint8_t { smc, tempering, hmc, nuts };

// How sequential Monte Carlo goes from the prior to the posterior.
struct SmcSettings {
  std::uint32_t islands = 16;      // independent populations, 2 or more for standard errors
  std::uint32_t particles = 2048;  // of each island
  double ess = 0.9;         // conditional effective sample size of a stage, part of the particles
  std::uint32_t moves = 2;  // Hamiltonian steps of a stage
  std::uint32_t leapfrogs = 16;  // of a step: uniform on 1..leapfrogs
};

// How chains that exchange their places along a ladder in n sample every posterior of the ladder at
// once. Islands, moves and leapfrogs are those of SmcSettings.
struct TemperingSettings {
  std::uint32_t chains = 16;    // ladders of each island
  std::uint32_t warmup = 1000;  // rounds before the first that counts; step sizes adapt in them
  std::uint32_t rounds = 4000;  // rounds that count; each has `moves` Hamiltonian steps and a swap
};

// One rung of a ladder: the posterior of n samples.
struct LadderRung {
  std::uint32_t samples = 0;
  std::int64_t run = -1;  // of the plan; -1: only a step between others
};

// The runs that differ in n alone, and what stands between them.
struct SampleLadder {
  std::string settings;           // canonical, the text behind `key`
  std::uint64_t key = 0;          // hash(settings) and the seed
  std::vector<LadderRung> rungs;  // in ascending n; at least one has a run
};

// Where the chains of hmc and nuts start.
struct ChainStart {
  enum class Kind : std::uint8_t { prior, uniform, point };  // uniform: every entry on (-2, 2)
  Kind kind = Kind::prior;
  std::vector<double> point;  // of Kind::point, [P]
};

// Chains of hmc and nuts: those of an island are independent but for the step size of hmc, which
// they adapt together. Leapfrogs of hmc are those of SmcSettings.
struct ChainSampling {
  std::uint32_t chains = 16;    // of each island
  std::uint32_t warmup = 500;   // steps in which step size and, of nuts, metric adapt
  std::uint32_t thin = 1;       // steps from draw to draw
  double target = 0.8;          // of the mean acceptance
  std::int32_t max_depth = 10;  // nuts: a trajectory has below 2^max_depth leapfrogs
  ChainStart start;
};

// Islands first..first+count-1 of every run.
struct IslandRange {
  std::uint32_t first = 0, count = 0;
  std::uint32_t end() const { return first + count; }
};

struct SamplePlan {
  ModelShape shape;
  Precision precision = Precision::float32;
  SampleMethod method = SampleMethod::smc;
  SmcSettings smc;
  std::optional<IslandRange> shard;  // of the islands of SmcSettings; not there: all of them
  TemperingSettings tempering;
  ChainSampling chains;
  std::vector<SampleLadder> ladders;  // tempering: every run is in one of them
  // Of smc particles that each island hands on, at most all; of the others states of each chain, at
  // most one from each round of tempering.
  std::uint32_t draws = 100;
  std::vector<SampleRun> runs;
  tms::PhaseLevels levels;

  // What is run and estimated from.
  IslandRange islands() const { return shard.value_or(IslandRange{0, smc.islands}); }
  // Some of the study's islands are not among these.
  bool is_part() const { return islands().count < smc.islands; }
  bool has_evidence() const { return method == SampleMethod::smc; }
  // Draws are those of Markov chains, one after the other.
  bool is_markov() const { return method == SampleMethod::hmc || method == SampleMethod::nuts; }
  // Sequences of draws that an island hands on for a run: the chains of hmc and nuts, those of
  // tempering on the run's rung, or one.
  std::uint32_t sequences() const {
    return is_markov() ? chains.chains : method == SampleMethod::tempering ? tempering.chains : 1;
  }
};

}  // namespace kgon
