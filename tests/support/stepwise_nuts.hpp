// The no-U-turn sampler one leapfrog at a time, so that a fault can be put in between.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "support/emulated_nuts.hpp"
#include "support/recursive_nuts.hpp"

namespace kgon::test {

// A target and how chains go over it.
struct Walk {
  double nbeta, prior_scale, step_size;
  int max_depth;
  std::uint32_t chains, steps;
  bool stretched_metric = false;
};

inline NutsSettings settings_of(const Walk& walk) {
  NutsSettings settings;
  settings.key = 1;
  settings.nbeta = walk.nbeta;
  settings.prior_scale = walk.prior_scale;
  settings.first_step = walk.step_size;
  settings.warmup = warmup_schedule(0, 0.8);
  settings.max_depth = walk.max_depth;
  settings.draws = walk.steps;
  settings.thin = 1;
  return settings;
}

template <class Model>
Vector<Model> metric_of(const Walk& walk) {
  Vector<Model> inverse_mass;
  for (std::size_t p = 0; p < inverse_mass.size(); ++p)
    inverse_mass[p] = walk.stretched_metric ? 0.4 + 0.1 * static_cast<double>(p) : 1;
  return inverse_mass;
}

// Mistakes that the checks below have to catch.
enum class Fault {
  none,
  half_refresh,           // momenta keep half of what they were
  reused_counter,         // every two steps have the same random numbers
  missing_prior,          // the likelihood alone
  swapped_acceptance,     // a finished half takes over with the complementary chance
  checkpoint_leaf_early,  // a part is judged with the leaf before its first
  checkpoint_row_above,   // checkpoints are kept one row above where they are looked for
};

// One leapfrog a call, so that a fault can be put in between.
template <class Model>
class StepwiseRunner : public EmulatedNutsRunner<Model, double, false> {
 public:
  explicit StepwiseRunner(Fault fault = Fault::none) : fault_(fault) {}

  // All chains at `point`.
  void place(const Walk& walk, const Vector<Model>& point) {
    NutsSettings settings = settings_of(walk);
    if (fault_ == Fault::missing_prior) settings.prior_scale = 1e3;
    std::vector<double> points;
    for (std::uint32_t slot = 0; slot < walk.chains; ++slot)
      points.insert(points.end(), point.begin(), point.end());
    this->start({settings, walk.chains}, points);
    for (std::uint32_t slot = 0; slot < walk.chains; ++slot)
      set_row(slot, NutsRow::inverse_mass, metric_of<Model>(walk));
  }

  bool advance(RunControl&) override {
    bool done = true;
    for (std::uint32_t slot = 0; slot < this->group_.count; ++slot)
      if (this->group_.is_running(slot)) done &= advance_one(slot);
    return done;
  }

  NutsState& state(std::uint32_t slot) { return this->group_.states[slot]; }
  Vector<Model> row(std::uint32_t slot, int row) const {
    Vector<Model> values;
    for (int p = 0; p < Model::parameters; ++p)
      values[static_cast<std::size_t>(p)] = this->group_.columns_of(slot).value(row, p);
    return values;
  }
  void set_row(std::uint32_t slot, int row, const Vector<Model>& values) const {
    for (int p = 0; p < Model::parameters; ++p)
      this->group_.columns_of(slot).set(row, p, values[static_cast<std::size_t>(p)]);
  }

  // A leapfrog of that chain to the given side and nothing else: every leaf is the first of a half
  // that goes on for long. Returns the Hamiltonian there.
  double only_leapfrog(std::uint32_t slot, int side) {
    NutsTree& tree = state(slot).tree;
    tree.side = side;
    tree.leaf = 0;
    tree.depth = max_tree_depth - 1;
    tree.start_hamiltonian = tree.draw.energy;
    state(slot).in_tree = true;
    leapfrog(slot);
    return tree.subtree_draw.hamiltonian;
  }

 private:
  static constexpr int momentum = NutsRow::moving + 1;

  void leapfrog(std::uint32_t slot) const {
    double scratch[3 * Model::parameters];
    AdvanceNuts<Model, double, LossSource::population>{this->group_}(slot, 1, {scratch, 1});
  }

  bool advance_one(std::uint32_t slot) {
    NutsState& now = state(slot);
    const std::uint64_t step = now.step;
    if (fault_ == Fault::reused_counter) now.step /= 2;
    if (!now.in_tree) begin(slot);
    const NutsTree before = now.tree;
    const Kept kept(*this, slot, newest_checkpoint(before.leaf));
    leapfrog(slot);
    if (fault_ == Fault::swapped_acceptance && now.tree.depth > before.depth)
      swap_acceptance(slot, before, kept);
    if (now.in_tree && now.tree.leaf % 2 == 1) misplace_checkpoint(slot, before.leaf, kept);
    now.step = now.in_tree ? step : step + 1;
    return !this->group_.is_running(slot);
  }

  // What a leapfrog writes over.
  struct Kept {
    Kept(const StepwiseRunner& runner, std::uint32_t slot, int newest)
        : momentum(runner.row(slot, StepwiseRunner::momentum)),
          draw(runner.row(slot, NutsRow::tree)),
          gradient(runner.row(slot, NutsRow::tree + 1)),
          checkpoint(runner.row(slot, NutsRow::checkpoints + 2 * newest)),
          checkpoint_sum(runner.row(slot, NutsRow::checkpoints + 2 * newest + 1)) {}
    Vector<Model> momentum, draw, gradient, checkpoint, checkpoint_sum;
  };

  static int newest_checkpoint(std::uint32_t leaf) { return std::popcount(leaf >> 1); }

  void begin(std::uint32_t slot) {
    const Vector<Model> old = row(slot, momentum);
    const auto stride = static_cast<int>(this->group_.stride);
    begin_nuts_tree(this->group_, slot,
                    StridedEntries<double>{this->group_.columns + slot, stride});
    if (fault_ != Fault::half_refresh) return;
    Vector<Model> mixed = row(slot, momentum);
    for (std::size_t p = 0; p < mixed.size(); ++p) mixed[p] = (mixed[p] + old[p]) / 2;
    for (const int at : {momentum, NutsRow::end + 1, NutsRow::end + 4, NutsRow::tree + 2})
      set_row(slot, at, mixed);
    NutsTree& tree = state(slot).tree;
    tree.draw.hamiltonian = tree.start_hamiltonian =
        tree.draw.energy + dot<Model>(row(slot, NutsRow::inverse_mass), mixed, mixed) / 2;
  }

  // After a merge: the draw is the one that was not taken.
  void swap_acceptance(std::uint32_t slot, const NutsTree& before, const Kept& kept) {
    NutsTree& tree = state(slot).tree;
    const bool was_taken = row(slot, NutsRow::tree) != kept.draw;
    tree.draw = was_taken ? before.draw : tree.subtree_draw;
    const auto point = was_taken ? kept.draw : row(slot, NutsRow::subtree);
    const auto gradient = was_taken ? kept.gradient : row(slot, NutsRow::subtree + 1);
    set_row(slot, NutsRow::tree, point);
    set_row(slot, NutsRow::tree + 1, gradient);
    if (state(slot).in_tree) return;
    set_row(slot, NutsRow::moving, point);
    set_row(slot, NutsRow::moving + 2, gradient);
  }

  // After a leaf of even number, which is where the next part begins.
  void misplace_checkpoint(std::uint32_t slot, std::uint32_t leaf, const Kept& kept) const {
    const int at = NutsRow::checkpoints + 2 * newest_checkpoint(leaf);
    if (fault_ == Fault::checkpoint_leaf_early) {
      Vector<Model> sum = row(slot, at + 1);
      const Vector<Model> latest = row(slot, at);
      for (std::size_t p = 0; p < sum.size(); ++p) sum[p] -= latest[p];
      set_row(slot, at, kept.momentum);
      set_row(slot, at + 1, sum);
    } else if (fault_ == Fault::checkpoint_row_above) {
      set_row(slot, at + 2, row(slot, at));
      set_row(slot, at + 3, row(slot, at + 1));
      set_row(slot, at, kept.checkpoint);
      set_row(slot, at + 1, kept.checkpoint_sum);
    }
  }

  const Fault fault_;
};

}  // namespace kgon::test
