// Members on their way into a `train` result: blocks turned into the rows of its variables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kgon/engine/train_block.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// What is needed of a plan, which may hold many start points.
struct TrainLayout {
  struct Cell {
    std::size_t records;
    std::uint64_t steps;
  };

  explicit TrainLayout(const TrainPlan& plan);
  // Records of a member of the cell that have parameters.
  std::size_t kept(std::uint32_t cell) const;

  ModelShape shape;
  Precision precision;
  KeepParameters keep;
  std::size_t width;  // length of the dimension `record`
  std::vector<Cell> cells;
};

// Consecutive members of one cell in the types and with the padding of the file; a row per member.
struct TrainRows {
  std::uint32_t cell = 0;
  std::uint64_t first = 0;  // relative to the shard
  std::size_t count = 0;
  std::vector<double> training_loss, population_loss;
  std::vector<float> gradient_norm;
  std::vector<std::int16_t> phase, hull_phase, visit_phase;
  std::vector<std::int8_t> negative_biases, on_plateau, status;
  std::vector<std::int64_t> failed_step, visit_step;
  std::vector<std::int32_t> visits;
  std::vector<float> weights32, bias32;  // one pair of these, by precision
  std::vector<double> weights64, bias64;

  void clear();  // keeps the memory
};

// Throws std::logic_error where an array of the block has not the length that its range asks for.
void check_lengths(const TrainLayout& layout, const TrainBlock& block);

// Adds member `row` of a checked block.
void append_member(const TrainLayout& layout, const TrainBlock& block, std::size_t row,
                   TrainRows& rows);

}  // namespace kgon
