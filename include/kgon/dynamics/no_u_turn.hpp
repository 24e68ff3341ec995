// The no-U-turn sampler (Hoffman and Gelman 2014, arXiv 1111.4246): its tree, leaf by leaf.
//
// Draws are multinomial over the trajectory with a bias towards its new half, and the trajectory
// ends by the generalised criterion (Betancourt, arXiv 1701.02434, appendices A.3 and A.4). The
// tree is built without recursion (Phan, Pradhan and Jankowiak, arXiv 1912.11554): every chain may
// be at another leaf of another tree when all of them take their next leapfrog.
#pragma once

#include "kgon/dynamics/chain_columns.hpp"
#include "kgon/dynamics/chain_noise.hpp"
#include "kgon/dynamics/local_posterior.hpp"
#include "kgon/math/entries.hpp"
#include "kgon/math/exponential.hpp"

namespace kgon {

// A trajectory has at most 2^max_tree_depth - 1 leapfrogs, whatever is asked for.
inline constexpr int max_tree_depth = 14;

// Where a chain keeps which vector, as rows of ChainColumns. Ends: 0 left, 1 right.
struct NutsRow {
  static constexpr int moving = 0;    // point, momentum and gradient of the latest leaf
  static constexpr int end = 3;       // point, momentum, gradient of each end: end + 3 * side
  static constexpr int tree = 9;      // point and gradient of the tree's draw, sum of its momenta
  static constexpr int subtree = 12;  // the same of the half that is being built
  static constexpr int inverse_mass = 15;
  static constexpr int warmup = 16;       // two rows, see WarmupVariances
  static constexpr int checkpoints = 18;  // momentum, sum of momenta: checkpoints + 2 * index
  static constexpr int count(int max_depth) { return checkpoints + 2 * max_depth; }
};

// A candidate for the next draw beside its point: U, L and the Hamiltonian.
struct NutsCandidate {
  double energy, loss, hamiltonian;
};

// One chain's tree between two leapfrogs. U: -log of the posterior density.
struct NutsTree {
  NutsCandidate draw;  // of the tree; between two steps the chain's state
  NutsCandidate subtree_draw;
  double start_hamiltonian;
  double weight, subtree_weight;  // sums of exp(start_hamiltonian - H) over leaves
  double acceptance_sum;          // of min(1, the same)
  std::uint32_t leapfrogs;        // of this step so far
  std::uint32_t leaf;             // the next one's number in its subtree
  std::int32_t depth;             // the tree has 2^depth leaves
  std::int32_t side;              // where it grows: 0 left, 1 right
  bool diverging;
};

// Moving: entries 0..P-1 the point, then the momentum, then the gradient of U, of the leaf that is
// to be added.
template <class Real, int P, class Moving>
struct TreeBuilder {
  NutsTree& tree;
  ChainColumns<Real, P> columns;
  Moving moving;
  StreamId<std::uint32_t> stream;
  std::uint64_t step;
  std::int32_t max_depth;  // 1..max_tree_depth

  // Fresh momenta at the chain's state, which is `moving`; the tree is that state alone.
  KGON_FUNCTION void begin() {
    draw_momentum();
    const double start = tree.draw.energy + kinetic_energy();
    tree.draw.hamiltonian = tree.start_hamiltonian = start;
    tree.weight = 1;
    tree.acceptance_sum = 0;
    tree.leapfrogs = 0;
    tree.depth = 0;
    tree.diverging = false;
    for (int side = 0; side < 2; ++side) save_end(side);
    keep_point(NutsRow::tree);
    for (int p = 0; p < P; ++p) columns.set(NutsRow::tree + 2, p, momentum(p));
    begin_subtree(side_of(choices()));
  }

  // `moving` is one leapfrog further, where U is energy and L is loss. Returns whether the step is
  // complete; if so `moving` and tree.draw are the chain's next state. Otherwise `moving` is where
  // the next leapfrog starts, to the right or left as tree.side says.
  KGON_FUNCTION bool add_leaf(double energy, double loss) {
    ++tree.leapfrogs;
    const Words4<std::uint32_t> words = choices();
    const double hamiltonian = energy + kinetic_energy();
    const double error = hamiltonian - tree.start_hamiltonian;
    tree.diverging = !(error <= max_energy_error);  // NaN too
    // Nothing but a start far from where the posterior is gains 600. NaN weighs nothing.
    const double weight = exponential(-error > 600 ? 600 : -error);
    tree.acceptance_sum += weight < 1 ? weight : 1;
    const bool is_first = tree.leaf == 0;
    tree.subtree_weight = is_first ? weight : tree.subtree_weight + weight;
    if (is_first || uniform<double>(words.word[0]) * tree.subtree_weight < weight) {
      tree.subtree_draw = {energy, loss, hamiltonian};
      keep_point(NutsRow::subtree);
    }
    const bool turning = tree.diverging || extend_subtree(is_first);
    ++tree.leaf;
    if (turning) return complete();
    if (tree.leaf < std::uint32_t{1} << tree.depth) return false;
    return merge(words) ? complete() : false;
  }

 private:
  KGON_FUNCTION Real momentum(int p) const { return moving.value(P + p); }
  KGON_FUNCTION Words4<std::uint32_t> choices() const {
    return philox_compact(stream, purpose_block(Purpose::nuts_tree, step << 16 | tree.leapfrogs));
  }

  KGON_FUNCTION void draw_momentum() {
    EntriesFrom<Real, Moving> normals{moving, P};
    const ChainNoise<Real, P> noise{stream, Purpose::nuts_momenta};
    noise(step, normals);
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p)
      moving.set(P + p, momentum(p) / square_root(columns.value(NutsRow::inverse_mass, p)));
  }

  KGON_FUNCTION double kinetic_energy() const {
    double sum = 0;
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) {
      const double r = widen(momentum(p));
      sum = fma(widen(columns.value(NutsRow::inverse_mass, p)) * r, r, sum);
    }
    return 0.5 * sum;
  }

  KGON_FUNCTION void save_end(int side) {
    KGON_NO_UNROLL
    for (int k = 0; k < 3 * P; ++k) columns.set(NutsRow::end + 3 * side, k, moving.value(k));
  }
  KGON_FUNCTION void keep_point(int row) {
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) {
      columns.set(row, p, moving.value(p));
      columns.set(row + 1, p, moving.value(2 * P + p));
    }
  }

  static KGON_FUNCTION std::int32_t side_of(const Words4<std::uint32_t>& words) {
    return static_cast<std::int32_t>(words.word[2] >> 31);
  }
  // `moving` is the end of that side already.
  KGON_FUNCTION void begin_subtree(std::int32_t side) {
    tree.side = side;
    tree.leaf = 0;
    tree.subtree_weight = 0;
  }

  // Adds the momentum to the subtree's sum. Whether a whole subtree that ends at this leaf has
  // turned: its first leaf's momentum and the sum before that leaf are at a checkpoint.
  KGON_FUNCTION bool extend_subtree(bool is_first) {
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) {
      const Real before = is_first ? Real(0) : columns.value(NutsRow::subtree + 2, p);
      columns.set(NutsRow::subtree + 2, p, before + momentum(p));
    }
    int newest = 0;
    for (std::uint32_t n = tree.leaf >> 1; n != 0; n >>= 1) newest += static_cast<int>(n & 1);
    if (tree.leaf % 2 == 0) {
      const int row = NutsRow::checkpoints + 2 * newest;
      KGON_NO_UNROLL
      for (int p = 0; p < P; ++p) {
        columns.set(row, p, momentum(p));
        columns.set(row + 1, p, columns.value(NutsRow::subtree + 2, p));
      }
      return false;
    }
    for (std::uint32_t n = tree.leaf; n % 2 == 1; n >>= 1, --newest)
      if (has_turned(NutsRow::checkpoints + 2 * newest)) return true;
    return false;
  }

  // Betancourt's criterion with half of the two ends' momenta taken off the sum, as NumPyro has it.
  // The stretch is from a checkpoint to the latest leaf.
  KGON_FUNCTION bool has_turned(int checkpoint) const {
    Real at_first(0), at_last(0);
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) {
      const Real first = columns.value(checkpoint, p), last = momentum(p);
      const Real sum =
          columns.value(NutsRow::subtree + 2, p) - columns.value(checkpoint + 1, p) + first;
      add_products(p, first, last, sum, at_first, at_last);
    }
    return !(at_first > 0 && at_last > 0);
  }
  KGON_FUNCTION bool whole_has_turned() const {
    Real at_left(0), at_right(0);
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p)
      add_products(p, columns.value(NutsRow::end + 1, p), columns.value(NutsRow::end + 4, p),
                   columns.value(NutsRow::tree + 2, p), at_left, at_right);
    return !(at_left > 0 && at_right > 0);
  }
  KGON_FUNCTION void add_products(int p, Real first, Real last, Real sum, Real& at_first,
                                  Real& at_last) const {
    const Real inner = sum - Real(0.5) * (first + last);
    const Real scaled = columns.value(NutsRow::inverse_mass, p) * inner;
    at_first = fma(scaled, first, at_first);
    at_last = fma(scaled, last, at_last);
  }

  // The whole subtree joins the tree. Returns whether the step is complete.
  KGON_FUNCTION bool merge(const Words4<std::uint32_t>& words) {
    if (uniform<double>(words.word[1]) * tree.weight < tree.subtree_weight) {
      tree.draw = tree.subtree_draw;
      KGON_NO_UNROLL
      for (int k = 0; k < 2 * P; ++k)
        columns.set(NutsRow::tree, k, columns.value(NutsRow::subtree, k));
    }
    tree.weight += tree.subtree_weight;
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p)
      columns.set(NutsRow::tree + 2, p,
                  columns.value(NutsRow::tree + 2, p) + columns.value(NutsRow::subtree + 2, p));
    save_end(tree.side);
    ++tree.depth;
    if (whole_has_turned() || tree.depth == max_depth) return true;
    const std::int32_t side = side_of(words);
    if (side != tree.side) {
      KGON_NO_UNROLL
      for (int k = 0; k < 3 * P; ++k) moving.set(k, columns.value(NutsRow::end + 3 * side, k));
    }
    begin_subtree(side);
    return false;
  }

  KGON_FUNCTION bool complete() {
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) {
      moving.set(p, columns.value(NutsRow::tree, p));
      moving.set(2 * P + p, columns.value(NutsRow::tree + 1, p));
    }
    return true;
  }
};

}  // namespace kgon
