// Generative models for simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and
// Gelman 2018, arXiv 1804.06788): a truth is drawn from the prior N(0, s^2 I), data from the truth,
// and exp(-n beta L(w)) N(w; 0, s^2 I) is the exact posterior of these data.
//
// Back ends make their own losses, without arguments: the data of the replication at hand stand in
// the model's thread-local `data`. Losses are computed in double, parameters may be float.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kgon/core/phase_code.hpp"
#include "kgon/math/scalar.hpp"
#include "kgon/model/tms/phase.hpp"
#include "support/word_source.hpp"

namespace kgon::test {

// What the samplers want of a model that has neither data sets of its own nor phases.
struct PhaselessModel {
  struct SortedData {};
  using Levels = tms::PhaseLevels;
  struct Observation {
    PhaseCode phase, hull_phase;
  };
  struct Classifier {
    const Levels* levels;
    Observation operator()(const double*, double, double) const { return {0, 0}; }
  };
};

template <std::size_t P>
std::array<double, P> prior_draw(double scale, WordSource& source) {
  std::array<double, P> w;
  for (double& x : w) x = scale * source.normal();
  return w;
}

// y = x w + e with e of variance 1 / beta, and L the mean of (y - x w)^2 / 2. The inputs correlate
// with 0.8 and are few: neither prior nor data alone decide.
struct LinearRegression : PhaselessModel {
  static constexpr int parameters = 3;
  static constexpr std::uint32_t samples = 5;
  static constexpr double beta = 1.5, prior_scale = 1;
  using Point = std::array<double, parameters>;

  struct Data {
    std::array<Point, parameters> inputs;  // mean of x x^T
    Point cross;                           // mean of x y
    double outputs;                        // mean of y^2
  };
  static inline thread_local Data data{};

  static Point simulate(WordSource& source) {
    const Point truth = prior_draw<parameters>(prior_scale, source);
    data = {};
    for (std::uint32_t i = 0; i < samples; ++i) {
      const Point x = inputs(source);
      double y = source.normal() / std::sqrt(beta);
      for (std::size_t p = 0; p < parameters; ++p) y += x[p] * truth[p];
      for (std::size_t p = 0; p < parameters; ++p) {
        for (std::size_t q = 0; q < parameters; ++q) data.inputs[p][q] += x[p] * x[q] / samples;
        data.cross[p] += x[p] * y / samples;
      }
      data.outputs += y * y / samples;
    }
    return truth;
  }

  template <class S>
  struct Population {
    WideOf<S> operator()(const S* w, S* gradient) const {
      double sum = data.outputs;
      for (std::size_t p = 0; p < parameters; ++p) {
        double pull = -data.cross[p];
        for (std::size_t q = 0; q < parameters; ++q)
          pull += data.inputs[p][q] * static_cast<double>(w[q]);
        gradient[p] = static_cast<S>(pull);
        sum += (pull - data.cross[p]) * static_cast<double>(w[p]);
      }
      return sum / 2;
    }
  };

  static constexpr std::size_t statistics = parameters;
  static Point look(const double* w) { return {w[0], w[1], w[2]}; }

 private:
  static Point inputs(WordSource& source) {
    const double common = std::sqrt(0.8) * source.normal();
    Point x;
    for (double& entry : x) entry = common + std::sqrt(0.2) * source.normal();
    return x;
  }
};

// P(y = 1) = 1 / (1 + exp(-x w)), x standard normal, and L the mean of -log P(y): log-concave, but
// far from a Gaussian with so few samples.
struct LogisticRegression : PhaselessModel {
  static constexpr int parameters = 3;
  static constexpr std::uint32_t samples = 12;
  static constexpr double beta = 1, prior_scale = 2;
  using Point = std::array<double, parameters>;

  // Of each sample x (2 y - 1): L is the mean of log(1 + exp(-that w)).
  using Data = std::array<Point, samples>;
  static inline thread_local Data data{};

  static Point simulate(WordSource& source) {
    const Point truth = prior_draw<parameters>(prior_scale, source);
    for (Point& x : data) {
      double margin = 0;
      for (std::size_t p = 0; p < parameters; ++p) {
        x[p] = source.normal();
        margin += x[p] * truth[p];
      }
      if (source.uniform() * (1 + std::exp(-margin)) > 1)
        for (double& entry : x) entry = -entry;
    }
    return truth;
  }

  template <class S>
  struct Population {
    WideOf<S> operator()(const S* w, S* gradient) const {
      double sum = 0, pull[parameters] = {};
      for (const Point& x : data) {
        double margin = 0;
        for (std::size_t p = 0; p < parameters; ++p) margin += x[p] * static_cast<double>(w[p]);
        const double small = std::exp(-std::abs(margin));
        sum += std::fmax(-margin, 0) + std::log1p(small);
        const double missed = (margin > 0 ? small : 1.0) / (1 + small);
        for (std::size_t p = 0; p < parameters; ++p) pull[p] -= missed * x[p];
      }
      for (std::size_t p = 0; p < parameters; ++p) gradient[p] = static_cast<S>(pull[p] / samples);
      return sum / samples;
    }
  };

  static constexpr std::size_t statistics = parameters;
  static Point look(const double* w) { return {w[0], w[1], w[2]}; }
};

// y = w0 w1 + e with e of variance 1 / beta, and L the mean of (y - w0 w1)^2 / 2: a normal
// crossing. The posterior follows a hyperbola, near w0 w1 = 0 a cross.
//
// Strong data part it into w and -w, and a chain stays with one. Both samplers commute with the
// change of sign (the metric is diagonal), so what does not change with the sign is a Markov chain
// of its own that knows of no modes: only such statistics are looked at.
struct NormalCrossing : PhaselessModel {
  static constexpr int parameters = 2;
  static constexpr std::uint32_t samples = 10;
  static constexpr double beta = 2, prior_scale = 1;
  using Point = std::array<double, parameters>;

  struct Data {
    double mean, variance;  // of y
  };
  static inline thread_local Data data{};

  static Point simulate(WordSource& source) {
    const Point truth = prior_draw<parameters>(prior_scale, source);
    std::array<double, samples> outputs;
    data = {};
    for (double& y : outputs) {
      y = truth[0] * truth[1] + source.normal() / std::sqrt(beta);
      data.mean += y / samples;
    }
    for (const double y : outputs) data.variance += (y - data.mean) * (y - data.mean) / samples;
    return truth;
  }

  template <class S>
  struct Population {
    WideOf<S> operator()(const S* w, S* gradient) const {
      const double left = static_cast<double>(w[0]), right = static_cast<double>(w[1]);
      const double away = left * right - data.mean;
      gradient[0] = static_cast<S>(away * right);
      gradient[1] = static_cast<S>(away * left);
      return (away * away + data.variance) / 2;
    }
  };

  static constexpr std::size_t statistics = 3;
  static std::array<double, statistics> look(const double* w) {
    return {w[0] * w[1], w[0] * w[0] - w[1] * w[1], w[0] * w[0] + w[1] * w[1]};
  }
};

}  // namespace kgon::test
