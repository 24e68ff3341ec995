// Chains of which one starts far away, where the loss bends much more than where the others are.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "support/emulated_particles.hpp"
#include "support/two_wells.hpp"

namespace kgon::test {

// L = |w|^4.
struct Bowl : StretchedWell {
  // n beta L is about P / 4 on average where the prior is wide; far above is far out.
  static constexpr double bound = 10.0 * parameters;

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      S norm2 = 0;
      for (int p = 0; p < parameters; ++p) norm2 += w[p] * w[p];
      for (int p = 0; p < parameters; ++p) gradient[p] = 4 * norm2 * w[p];
      return norm2 * norm2;
    }
  };
};

// Chain 0 starts at 20 in every direction, the others near 0.
class OneFarOut : public EmulatedParticleRunner<Bowl, double, false> {
 public:
  using Base = EmulatedParticleRunner<Bowl, double, false>;

  void start(const ParticleJob& job) override {
    Base::start(job);
    move_away();
  }
  void place(std::span<const double> points, std::span<const double> losses) override {
    Base::place(points, losses);
    if (!std::exchange(placed_, true)) move_away();
  }

 private:
  void move_away() {
    std::vector<double> points(std::size_t{group_.count} * Bowl::parameters, 0.01);
    for (std::size_t p = 0; p < Bowl::parameters; ++p) points[p] = 20;
    std::vector<double> losses(group_.count), gradient(Bowl::parameters);
    for (std::size_t c = 0; c < losses.size(); ++c)
      losses[c] = Bowl::Population<double>{}(points.data() + c * Bowl::parameters, gradient.data());
    Base::place(points, losses);
  }

  bool placed_ = false;
};

}  // namespace kgon::test
