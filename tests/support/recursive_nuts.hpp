// The no-U-turn sampler by recursion, with the random numbers of TreeBuilder.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "kgon/batch/nuts_group.hpp"
#include "kgon/dynamics/no_u_turn.hpp"
#include "support/streams.hpp"

namespace kgon::test {

template <class Model>
using Vector = std::array<double, Model::parameters>;

template <class Model>
double dot(const Vector<Model>& scale, const Vector<Model>& a, const Vector<Model>& b) {
  double sum = 0;
  for (std::size_t p = 0; p < a.size(); ++p) sum += scale[p] * a[p] * b[p];
  return sum;
}

// How a step of the reference came to its end.
enum class Ending { turn_of_a_part, turn_of_the_whole, depth_limit, divergence };

template <class Model>
struct ReferenceStep {
  struct Draw {
    Vector<Model> point;
    double loss, hamiltonian;
  } draw;
  double acceptance = 0;
  std::uint32_t leapfrogs = 0;
  int depth = 0;  // finished doublings
  Ending ending;
};

// One step of the no-U-turn sampler by recursion: Hoffman and Gelman's algorithm 3 with multinomial
// weights (Betancourt 2017, appendix A) in place of the slice.
template <class Model>
class RecursiveStep {
 public:
  RecursiveStep(const NutsSettings& settings, const Vector<Model>& inverse_mass,
                std::uint64_t chain, std::uint64_t step)
      : settings_(settings),
        inverse_mass_(inverse_mass),
        stream_(stream(settings.key, chain)),
        step_(step) {}

  ReferenceStep<Model> from(const Vector<Model>& point) {
    Leaf right = start(point), left = right;
    start_hamiltonian_ = hamiltonian(right);
    result_.draw = draw_of(right);
    double weight = 1;
    Vector<Model> sum = right.momentum;
    while (true) {
      const bool to_right = words().word[2] >= 0x80000000u;
      Leaf& end = to_right ? right : left;
      part_weight_ = 0;
      const std::optional<Stretch> part = build(end, to_right ? 1 : -1, result_.depth);
      if (!part) break;
      if (uniform<double>(words().word[1]) < part_weight_ / weight) result_.draw = candidate_;
      weight += part_weight_;
      ++result_.depth;
      sum = plus(sum, part->sum);
      result_.ending = Ending::turn_of_the_whole;
      if (has_turned({left.momentum, right.momentum, sum})) break;
      result_.ending = Ending::depth_limit;
      if (result_.depth == settings_.max_depth) break;
    }
    result_.acceptance /= result_.leapfrogs;
    return result_;
  }

 private:
  static constexpr std::size_t P = Model::parameters;
  using Draw = typename ReferenceStep<Model>::Draw;

  struct Leaf {
    Vector<Model> point, momentum, gradient;
    double energy, loss;
  };
  // Momenta of a part of the trajectory, in the order of visits.
  struct Stretch {
    Vector<Model> first, last, sum;
  };

  // The words behind the latest leaf.
  Words4<std::uint32_t> words() const {
    return philox(stream_, Purpose::nuts_tree, step_ << 16 | result_.leapfrogs);
  }

  Leaf start(const Vector<Model>& point) const {
    Leaf leaf;
    leaf.point = point;
    evaluate(leaf);
    LocalEntries<double, Model::parameters> normals;
    ChainNoise<double, Model::parameters>{stream_, Purpose::nuts_momenta}(step_, normals);
    for (std::size_t p = 0; p < P; ++p)
      leaf.momentum[p] = normals.entry[p] / std::sqrt(inverse_mass_[p]);
    return leaf;
  }

  void evaluate(Leaf& leaf) const {
    const double precision = std::pow(settings_.prior_scale, -2);
    leaf.loss =
        typename Model::template Population<double>{}(leaf.point.data(), leaf.gradient.data());
    leaf.energy = settings_.nbeta * leaf.loss;
    for (std::size_t p = 0; p < P; ++p) {
      leaf.gradient[p] = settings_.nbeta * leaf.gradient[p] + precision * leaf.point[p];
      leaf.energy += precision * leaf.point[p] * leaf.point[p] / 2;
    }
  }

  double hamiltonian(const Leaf& leaf) const {
    return leaf.energy + dot<Model>(inverse_mass_, leaf.momentum, leaf.momentum) / 2;
  }
  Draw draw_of(const Leaf& leaf) const { return {leaf.point, leaf.loss, hamiltonian(leaf)}; }

  void leapfrog(Leaf& leaf, double direction) {
    const double size = direction * settings_.first_step;
    for (std::size_t p = 0; p < P; ++p) leaf.momentum[p] -= size / 2 * leaf.gradient[p];
    for (std::size_t p = 0; p < P; ++p) leaf.point[p] += size * inverse_mass_[p] * leaf.momentum[p];
    evaluate(leaf);
    for (std::size_t p = 0; p < P; ++p) leaf.momentum[p] -= size / 2 * leaf.gradient[p];
    ++result_.leapfrogs;
  }

  // 2^depth leaves on from `end`, which becomes their last; none where the step is over.
  std::optional<Stretch> build(Leaf& end, double direction, int depth) {
    if (depth == 0) return visit(end, direction);
    const auto inner = build(end, direction, depth - 1);
    if (!inner) return std::nullopt;
    const auto outer = build(end, direction, depth - 1);
    if (!outer) return std::nullopt;
    const Stretch both{inner->first, outer->last, plus(inner->sum, outer->sum)};
    result_.ending = Ending::turn_of_a_part;
    if (has_turned(both)) return std::nullopt;
    return both;
  }

  // The part's candidate is one of its leaves with chances in proportion to their weights, whatever
  // the order in which they come.
  std::optional<Stretch> visit(Leaf& leaf, double direction) {
    leapfrog(leaf, direction);
    const double error = hamiltonian(leaf) - start_hamiltonian_;
    const double weight = std::isnan(error) ? 0 : std::exp(-error);
    result_.acceptance += std::min(1.0, weight);
    result_.ending = Ending::divergence;
    if (!(error <= 1000)) return std::nullopt;
    const bool is_first = part_weight_ == 0;
    part_weight_ += weight;
    if (is_first || uniform<double>(words().word[0]) < weight / part_weight_)
      candidate_ = draw_of(leaf);
    return Stretch{leaf.momentum, leaf.momentum, leaf.momentum};
  }

  bool has_turned(const Stretch& stretch) const {
    Vector<Model> way = stretch.sum;
    for (std::size_t p = 0; p < P; ++p) way[p] -= (stretch.first[p] + stretch.last[p]) / 2;
    return dot<Model>(inverse_mass_, way, stretch.first) <= 0 ||
           dot<Model>(inverse_mass_, way, stretch.last) <= 0;
  }
  static Vector<Model> plus(Vector<Model> a, const Vector<Model>& b) {
    for (std::size_t p = 0; p < P; ++p) a[p] += b[p];
    return a;
  }

  const NutsSettings settings_;
  const Vector<Model> inverse_mass_;
  const StreamId<std::uint32_t> stream_;
  const std::uint64_t step_;
  double start_hamiltonian_ = 0, part_weight_ = 0;
  ReferenceStep<Model> result_{};
  Draw candidate_{};
};

}  // namespace kgon::test
