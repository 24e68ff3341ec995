// Hands out the islands of a plan, with their data sets, to the workers of a back end.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/smc_island.hpp"

namespace kgon {

// An island and what keeps its data set alive.
struct SampleShare {
  IslandTask task;
  std::shared_ptr<const SortedSampleTable> table;
};

// Thread-safe. Islands come run by run, so that those of one data set stand together.
class SampleWork {
 public:
  SampleWork(const SamplePlan& plan, RunControl& control) : plan_(plan), control_(control) {}

  // False when all are handed out or the run is to stop.
  bool next(SampleShare& share);

 private:
  const SamplePlan& plan_;
  RunControl& control_;
  std::mutex mutex_;
  std::size_t run_ = 0;
  std::uint32_t island_ = 0;
  std::shared_ptr<const SortedSampleTable> table_;  // of run_
};

}  // namespace kgon
