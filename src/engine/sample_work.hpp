// Hands out the islands of a plan, with their data sets, to the workers of a back end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "engine/chain_island.hpp"

namespace kgon {

// An island and what keeps its data set alive.
struct SampleShare {
  IslandTask task;
  std::shared_ptr<const SortedSampleTable> table;
};

// Thread-safe. Islands come run by run, so that those of one data set stand together.
class SampleWork {
 public:
  // Islands that `sink` has from an earlier run are left out.
  SampleWork(const SamplePlan& plan, SampleSink& sink, RunControl& control)
      : plan_(plan), sink_(sink), control_(control), island_(plan.islands().first) {}

  // False when all are handed out or the run is to stop.
  bool next(SampleShare& share);
  const SamplePlan& plan() const { return plan_; }

 private:
  void step_on();

  const SamplePlan& plan_;
  SampleSink& sink_;
  RunControl& control_;
  std::mutex mutex_;
  std::size_t run_ = 0;
  std::uint32_t island_;
  std::shared_ptr<const SortedSampleTable> table_;  // of run_
};

// Takes the work's islands one after the other and hands their blocks to `sink`, until there are
// none or the run is to stop. Of the two kinds of runner only the one that the plan's method needs
// is made. Not for tempering.
void run_islands(SampleWork& work,
                 const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
                 const std::function<std::unique_ptr<NutsRunner>()>& make_nuts_runner,
                 SampleSink& sink, RunControl& control);

// Bytes of the draws in a block of the plan.
std::uint64_t draws_bytes(const SamplePlan& plan);

// Upper bounds over the plan's runs: bytes of the particles or chains of one island with their
// draws, where a particle takes `particle_bytes`, and samples of a data set. Not for tempering.
std::uint64_t island_bytes(const SamplePlan& plan, std::uint64_t particle_bytes);
std::uint64_t most_samples(const SamplePlan& plan);

}  // namespace kgon
