// The weights of an island's particles in host memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "kgon/batch/particle_weights.hpp"

namespace kgon {

class HostWeights {
 public:
  // Every weight 1, every particle its own root.
  void start(std::uint32_t particles) {
    weights_.assign(particles, 1.0);
    roots_.resize(particles);
    std::iota(roots_.begin(), roots_.end(), 0u);
  }

  // loss: [particles].
  WeightSums weigh(const double* loss, const Reweighting& change) const {
    return sum(WeighParticle{weights_.data(), loss, change, weight_units(count())});
  }
  WeightSums weigh_squares() const {
    return sum(SquareWeight{weights_.data(), weight_units(count())});
  }

  void reweight(const double* loss, const Reweighting& change) {
    const ReweightParticle reweight{weights_.data(), loss, change};
    for (std::uint32_t slot = 0; slot < count(); ++slot) reweight(slot);
    const double greatest = *std::ranges::max_element(weights_);
    for (double& weight : weights_) weight /= greatest;
  }

  // [particles] the ancestor of each offspring; the offspring have their roots and the weight 1.
  std::vector<std::uint32_t> resample(double uniform) {
    std::vector<std::uint64_t> ends(weights_.size());
    std::uint64_t end = 0;
    std::ranges::transform(weights_, ends.begin(), [&](double weight) {
      return end += fixed_weight(weight, weight_units(count()));
    });
    std::vector<std::uint32_t> ancestors(weights_.size()), roots(weights_.size());
    const FindAncestor find{ends.data(), count(), uniform};
    for (std::uint32_t k = 0; k < count(); ++k) {
      ancestors[k] = find(k);
      roots[k] = roots_[ancestors[k]];
    }
    roots_ = std::move(roots);
    std::ranges::fill(weights_, 1.0);
    return ancestors;
  }

  void place(std::span<const double> weights, std::span<const std::uint32_t> roots) {
    weights_.assign(weights.begin(), weights.end());
    roots_.assign(roots.begin(), roots.end());
  }
  const std::vector<double>& weights() const { return weights_; }
  const std::vector<std::uint32_t>& roots() const { return roots_; }

 private:
  std::uint32_t count() const { return static_cast<std::uint32_t>(weights_.size()); }

  template <class Term>
  WeightSums sum(const Term& term) const {
    WeightSums sums;
    for (std::uint32_t slot = 0; slot < count(); ++slot) sums = sums + term(slot);
    return sums;
  }

  std::vector<double> weights_;
  std::vector<std::uint32_t> roots_;
};

}  // namespace kgon
