// Plans and collected results for the conformance suite.
#pragma once

#include <cstring>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "backends/batches/settings.hpp"
#include "engine/cell_settings.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon::test {

// Everything that a back end reports of one member, as bytes.
using MemberBytes = std::vector<unsigned char>;
using Collected = std::map<std::pair<std::uint32_t, std::uint64_t>, MemberBytes>;

// Takes blocks apart into members; a member that comes twice is counted.
class CollectingSink : public TrainSink {
 public:
  void accept(TrainBlock&& block) override {
    const std::lock_guard lock(mutex_);
    for (std::size_t m = 0; m < block.range.count; ++m) {
      MemberBytes bytes;
      append(bytes, block.training_loss, block, m);
      append(bytes, block.population_loss, block, m);
      append(bytes, block.gradient_norm, block, m);
      append(bytes, block.phase, block, m);
      append(bytes, block.hull_phase, block, m);
      append(bytes, block.negative_biases, block, m);
      append(bytes, block.on_plateau, block, m);
      append(bytes, block.status, block, m);
      append(bytes, block.parameters, block, m);
      append(bytes, block.failed_step, block, m);
      append(bytes, block.visits, block, m);
      append(bytes, block.visit_phase, block, m);
      append(bytes, block.visit_step, block, m);
      const auto key = std::pair(block.range.cell, block.range.first + m);
      duplicates += members.contains(key) ? 1 : 0;
      members[key] = std::move(bytes);
    }
    blocks.push_back(std::move(block));
  }

  Collected members;
  std::vector<TrainBlock> blocks;
  int duplicates = 0;

 private:
  template <class T>
  static void append(MemberBytes& bytes, const std::vector<T>& values, const TrainBlock& block,
                     std::size_t m) {
    const std::size_t per_member = values.size() / block.range.count;
    const auto* first = reinterpret_cast<const unsigned char*>(values.data() + m * per_member);
    bytes.insert(bytes.end(), first, first + per_member * sizeof(T));
  }
  std::mutex mutex_;
};

// Stops the run when the first block comes.
class StoppingSink : public CollectingSink {
 public:
  explicit StoppingSink(RunControl& control) : control_(control) {}
  void accept(TrainBlock&& block) override {
    control_.stop = true;
    CollectingSink::accept(std::move(block));
  }

 private:
  RunControl& control_;
};

inline Collected run(Backend& backend, const TrainPlan& plan) {
  CollectingSink sink;
  RunControl control;
  backend.train(plan, sink, control);
  if (sink.duplicates != 0) throw std::logic_error("a member was delivered twice");
  return sink.members;
}

// A cell of hidden = 2, features = 6 that starts near the 4-gon.
inline TrainCell make_cell(Dataset dataset, Batching batching, std::uint32_t samples,
                           std::uint32_t batch, std::uint64_t steps) {
  TrainCell cell;
  cell.init = "4";
  cell.key = 0x9876543210abcdefull + samples * 131 + batch;
  cell.start = tms::standard_point(tms::phase_code(4, 0, 0), 6, 0.0);
  cell.start_noise = 0.05;
  cell.dataset = dataset;
  cell.batching = batching;
  cell.samples = samples;
  cell.batch = batch;
  cell.learning_rate = 0.02;
  cell.steps = steps;
  cell.classify_every = 17;
  for (std::uint64_t r = 0; r <= 4; ++r) cell.record_steps.push_back(r * steps / 4);
  return cell;
}

// Every way of drawing samples, minibatches that do and do not divide four or the data set, small
// and large data sets.
inline TrainPlan mixed_plan(Precision precision) {
  TrainPlan plan;
  plan.precision = precision;
  plan.trajectories = plan.count = 21;
  plan.levels = tms::phase_levels(6);
  for (const Dataset dataset : {Dataset::own, Dataset::shared}) {
    for (const Batching batching : {Batching::shuffle, Batching::replacement}) {
      plan.cells.push_back(make_cell(dataset, batching, 1000, 20, 200));
      plan.cells.push_back(make_cell(dataset, batching, 37, 7, 101));
      plan.cells.push_back(make_cell(dataset, batching, 1, 1, 60));
      plan.cells.push_back(make_cell(dataset, batching, 5003, 130, 30));
    }
  }
  plan.cells.push_back(make_cell(Dataset::population, Batching::shuffle, 1, 1, 300));
  return plan;
}

// Minibatches that a device thread draws in one go, up to the largest. Cells end at different
// steps.
inline TrainPlan buffered_plan(Precision precision) {
  TrainPlan plan;
  plan.precision = precision;
  plan.trajectories = plan.count = 23;
  plan.levels = tms::phase_levels(6);
  for (const Dataset dataset : {Dataset::own, Dataset::shared}) {
    for (const Batching batching : {Batching::shuffle, Batching::replacement}) {
      plan.cells.push_back(make_cell(dataset, batching, 1000, 20, 150));
      plan.cells.push_back(make_cell(dataset, batching, 70000, 128, 21));
      plan.cells.back().record_steps = {21};  // the exact loss of so many samples takes long
      plan.cells.push_back(make_cell(dataset, batching, 37, 7, 101));
    }
  }
  return plan;
}

// hidden = 3 from random starts; there are no phases to name.
inline TrainPlan three_dimensional_plan() {
  TrainPlan plan;
  plan.shape = {3, 6};
  plan.trajectories = plan.count = 18;
  for (const Dataset dataset : {Dataset::own, Dataset::shared}) {
    for (const Batching batching : {Batching::shuffle, Batching::replacement}) {
      TrainCell cell = make_cell(dataset, batching, 200, 20, 150);
      cell.start.assign(24, 0.0);
      cell.start_noise = 0.5;
      plan.cells.push_back(cell);
    }
  }
  return plan;
}

// So small that the plans above take many batches, some shorter than their memory, many blocks, and
// launches that end where nothing is observed.
inline batches::BatchSettings small_settings() {
  batches::BatchSettings settings;
  settings.batches_per_device = 2;
  settings.largest_batch = 16;
  settings.smallest_batch = 4;
  settings.block_bytes = 4096;
  settings.samples_per_launch = 1000;
  settings.steps_per_launch = 7;
  return settings;
}

}  // namespace kgon::test
