// A model whose evidence is known: exp(-L) is a sum of Gaussians.
#pragma once

#include <cmath>

#include "kgon/core/phase_code.hpp"
#include "kgon/math/scalar.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon::test {

// exp(-L(w)) = sum_m a_m exp(-h_m |w - c_m|^2 / 2) with c_m on the first axis, m = 0, 1, in P
// dimensions; a_1 = 0 leaves one well. In double only.
template <int Dimensions>
struct TwoWells {
  static constexpr int parameters = Dimensions;
  static constexpr double height[2] = {1.0, 3.0};
  static constexpr double center[2] = {-1.5, 1.0};
  static constexpr double precision[2] = {40.0, 90.0};

  struct SortedData {};

  using Levels = tms::PhaseLevels;

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      double density = 0, pull[Dimensions] = {};
      for (int m = 0; m < 2; ++m) {
        double distance2 = 0;
        for (int p = 0; p < Dimensions; ++p) distance2 += std::pow(w[p] - place(m, p), 2);
        // Relative to the nearer well the sum cannot vanish.
        const double part = height[m] * std::exp(-precision[m] / 2 * distance2 + shift(w));
        density += part;
        for (int p = 0; p < Dimensions; ++p) pull[p] += part * precision[m] * (w[p] - place(m, p));
      }
      for (int p = 0; p < Dimensions; ++p) gradient[p] = pull[p] / density;
      return shift(w) - std::log(density);
    }

   private:
    static double shift(const S* w) {
      double least = INFINITY;
      for (int m = 0; m < 2; ++m) {
        double distance2 = 0;
        for (int p = 0; p < Dimensions; ++p) distance2 += std::pow(w[p] - place(m, p), 2);
        least = std::fmin(least, precision[m] / 2 * distance2);
      }
      return least;
    }
  };

  // Which well is nearer, as a phase.
  struct Observation {
    PhaseCode phase, hull_phase;
  };
  struct Classifier {
    const Levels* levels;
    Observation operator()(const double* w, double, double) const {
      const PhaseCode well = w[0] > (center[0] + center[1]) / 2 ? 1 : 0;
      return {well, well};
    }
  };

  static double place(int m, int p) { return p == 0 ? center[m] : 0; }

  // Integral of exp(-a_m term) N(w; 0, s^2 I) dw for one well.
  static double evidence(int m, double s) {
    const double k = 1 + precision[m] * s * s;
    return height[m] * std::pow(k, -Dimensions / 2.0) *
           std::exp(-precision[m] * center[m] * center[m] / (2 * k));
  }
};

// L(w) = sum_i h_i (w_i - c_i)^2 / 2 in 18 dimensions, h_i from 0 to 4.
struct StretchedWell {
  static constexpr int parameters = 18;
  struct SortedData {};
  using Levels = tms::PhaseLevels;
  static double stiffness(int p) { return 4.0 * p * p / (17.0 * 17.0); }
  static double place(int p) { return 0.1 * (p - 9); }

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      S sum = 0;
      for (int p = 0; p < parameters; ++p) {
        gradient[p] = stiffness(p) * (w[p] - place(p));
        sum += gradient[p] * (w[p] - place(p)) / 2;
      }
      return sum;
    }
  };
  struct Observation {
    PhaseCode phase, hull_phase;
  };
  struct Classifier {
    const Levels* levels;
    Observation operator()(const double*, double, double) const { return {0, 0}; }
  };

  // log of the integral of exp(-k L) N(w; 0, s^2 I) dw.
  static double log_evidence(double k, double s) {
    double sum = 0;
    for (int p = 0; p < parameters; ++p) {
      const double wide = 1 + k * stiffness(p) * s * s;
      sum -= std::log(wide) / 2 + k * stiffness(p) * place(p) * place(p) / (2 * wide);
    }
    return sum;
  }
};

}  // namespace kgon::test
