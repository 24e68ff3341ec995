// Hands out the ladders of a plan, with their data sets, to the workers of a back end.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/tempering_ladder.hpp"

namespace kgon {

// The data sets of a ladder's rungs.
using LadderTables = std::vector<SortedSampleTable>;

// One island of a ladder and what keeps its data sets alive.
struct LadderShare {
  LadderTask task;
  std::shared_ptr<const LadderTables> tables;
};

// Thread-safe. Islands come ladder by ladder, so that those of one data set stand together.
class LadderWork {
 public:
  // Islands that `sink` has from an earlier run, on all rungs, are left out.
  LadderWork(const SamplePlan& plan, SampleSink& sink, RunControl& control)
      : plan_(plan), sink_(sink), control_(control), island_(plan.islands().first) {}

  // False when all are handed out or the run is to stop.
  bool next(LadderShare& share);

 private:
  std::shared_ptr<const LadderTables> make_tables(const SampleLadder& ladder) const;
  bool is_done() const;
  void step_on();

  const SamplePlan& plan_;
  SampleSink& sink_;
  RunControl& control_;
  std::mutex mutex_;
  std::size_t ladder_ = 0;
  std::uint32_t island_;
  std::shared_ptr<const LadderTables> tables_;  // of ladder_
};

// Upper bounds over the plan's ladders: bytes of the chains of one island with their traces and
// draws, where a chain takes `chain_bytes` on a rung, and of the data sets of all rungs together.
std::uint64_t ladder_bytes(const SamplePlan& plan, std::uint64_t chain_bytes);
using TableBytes = std::uint64_t (*)(std::uint64_t n, int features);  // as sorted_bytes
std::uint64_t ladder_table_bytes(const SamplePlan& plan, TableBytes bytes_of_table);

// Takes the work's islands one after the other and hands their blocks to `sink`, until there are
// none or the run is to stop.
void run_ladders(LadderWork& work,
                 const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
                 SampleSink& sink, RunControl& control);

}  // namespace kgon
