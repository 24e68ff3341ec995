// Hands out the sites of a plan, with their data sets, to the workers of a back end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/llc_task.hpp"

namespace kgon {

// A task and what keeps its data sets alive.
struct LlcShare {
  LlcTask task;
  std::vector<std::shared_ptr<const SortedSampleTable>> tables;
};

// Thread-safe. Shares are neighbouring sites of one group, in ascending order.
class LlcWork {
 public:
  // Sites that `sink` has from an earlier run are left out.
  LlcWork(const LlcPlan& plan, LlcSink& sink, RunControl& control);

  // The next share of at most most_sites(group) sites; with `one_data_set` all of them have the
  // same. False when all are handed out or the run is to stop.
  bool next(const std::function<std::size_t(const LlcGroup&)>& most_sites, bool one_data_set,
            LlcShare& share);

 private:
  std::shared_ptr<const SortedSampleTable> table(const LlcGroup& group, std::uint32_t data);

  const LlcPlan& plan_;
  LlcSink& sink_;
  RunControl& control_;
  const PhaseLambdas lambdas_;
  std::mutex mutex_;
  std::size_t next_site_ = 0, group_ = 0;
  std::uint32_t last_data_ = 0;
  std::shared_ptr<const SortedSampleTable> last_table_;  // neighbours often share a data set
};

}  // namespace kgon
