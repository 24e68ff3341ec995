// Small plans and blocks whose values are a function of (cell, member, record) alone, so that any
// sharding of them must give the same arrays.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "io/train_result.hpp"

namespace kgon::synthetic {

// Removed with all that is in it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "kgon-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::filesystem::path path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Two cells, the second with fewer records; 3 hidden rows to tell them from the features.
inline TrainPlan plan(std::uint64_t trajectories, std::uint64_t first, std::uint64_t count,
                      KeepParameters keep = KeepParameters::all,
                      Precision precision = Precision::float32) {
  TrainPlan plan;
  plan.shape = {3, 4};
  plan.precision = precision;
  plan.trajectories = trajectories;
  plan.first = first;
  plan.count = count;
  plan.keep = keep;
  plan.cells.resize(2);
  for (std::size_t c = 0; c < 2; ++c) {
    TrainCell& cell = plan.cells[c];
    cell.init = c == 0 ? "4" : "random";
    cell.settings = "init=" + cell.init + ";lr=0.005";
    cell.key = 0xfedcba9876543210u + c;
    cell.init_scale = static_cast<double>(c);
    cell.steps = 1000;
    cell.record_steps =
        c == 0 ? std::vector<std::uint64_t>{0, 10, 1000} : std::vector<std::uint64_t>{0, 1000};
  }
  plan.levels.count = 2;
  plan.levels.level[0] = {tms::phase_code(5, 0, 0), 0.06874, 1.17};
  plan.levels.level[1] = {tms::phase_code(4, 1, 1), 0.15, 1.0};
  return plan;
}

inline ResultMetadata metadata() {
  return {"[train]\nlr = 0.005\n", "0123abcd", "0.1.0", "cpu (avx2, 2 threads)", "kgon train", 42};
}

// Members whose index is 3 modulo 7 fail at step 10.
inline bool fails(std::uint64_t member) {
  return member % 7 == 3;
}

inline double parameter(std::uint32_t cell, std::uint64_t member, std::size_t record,
                        std::size_t index) {
  return static_cast<double>(cell) * 1000 + static_cast<double>(member) +
         static_cast<double>(record) / 8 + static_cast<double>(index) / 256;
}

inline void add_member(const TrainPlan& plan, TrainBlock& block, std::uint64_t member) {
  const std::uint32_t cell = block.range.cell;
  const std::size_t records = plan.cells[cell].record_steps.size();
  const auto parameters = static_cast<std::size_t>(plan.shape.parameter_count());
  for (std::size_t r = 0; r < records; ++r) {
    const bool failed = fails(member) && r > 0;
    const double loss = 1.0 / (1.0 + parameter(cell, member, r, 0));
    block.training_loss.push_back(loss);
    block.population_loss.push_back(failed ? NAN : loss * 1.5);
    block.gradient_norm.push_back(static_cast<float>(loss * 2));
    block.phase.push_back(failed ? tms::phase_other : tms::phase_code(5, 0, 0));
    block.hull_phase.push_back(tms::phase_code(4, static_cast<int>(member % 3), 0));
    block.negative_biases.push_back(static_cast<std::int8_t>(member % 3));
    block.on_plateau.push_back(static_cast<std::int8_t>(member % 2));
    block.status.push_back(failed ? MemberStatus::diverged : MemberStatus::ok);
    const bool last = r + 1 == records;
    if (plan.keep == KeepParameters::none || (plan.keep == KeepParameters::final && !last))
      continue;
    for (std::size_t p = 0; p < parameters; ++p) {
      block.parameters.push_back(parameter(cell, member, r, p));
    }
  }
  block.failed_step.push_back(fails(member) ? 10 : plan.cells[cell].steps + 1);
  block.visits.push_back(member == 1 ? max_visits + 9 : 1);
  for (int v = 0; v < max_visits; ++v) {
    const bool visited = v == 0 || member == 1;
    block.visit_phase.push_back(visited ? tms::phase_code(4, 1, 1) : tms::phase_other);
    block.visit_step.push_back(visited ? 7 + static_cast<std::uint64_t>(v) : 0);
  }
}

inline TrainBlock block(const TrainPlan& plan, std::uint32_t cell, std::uint64_t first,
                        std::uint64_t count) {
  TrainBlock result;
  result.range = {cell, first, count};
  for (std::uint64_t m = first; m < first + count; ++m) add_member(plan, result, m);
  return result;
}

// Writes the whole shard in blocks of `block_size` members.
inline void write(const std::string& path, const TrainPlan& plan, std::uint64_t block_size = 4,
                  const ResultMetadata& about = metadata()) {
  TrainResultWriter writer(path, plan, about);
  for (std::uint32_t cell = 0; cell < plan.cells.size(); ++cell) {
    for (std::uint64_t m = 0; m < plan.count; m += block_size) {
      writer.write(block(plan, cell, plan.first + m, std::min(block_size, plan.count - m)));
    }
  }
  writer.finish();
}

}  // namespace kgon::synthetic
