// SGD on the Toy Model of Superposition as a plain scalar program in double, written from the
// formulas of arXiv 2310.06301 alone: an oracle for the statistics of ensembles. It shares no code
// with kgon on purpose. Hidden dimension 2.
//
//   f(x) = ReLU(W^T W x + b),  x = mu e_i,  i uniform on the features, mu uniform on [0, 1)
//   loss of a sample = |x - f(x)|^2, not halved; loss of a minibatch = mean over its samples
//
// Parameters: first row of W, second row of W, b.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

namespace scalar_reference {

struct Sample {
  std::size_t feature;  // i
  double size;          // mu
};

inline std::vector<Sample> draw_samples(std::size_t features, std::size_t count,
                                        std::mt19937_64& source) {
  std::uniform_int_distribution<std::size_t> feature(0, features - 1);
  std::uniform_real_distribution<double> size(0.0, 1.0);
  std::vector<Sample> samples(count);
  for (Sample& sample : samples) {
    sample.feature = feature(source);
    sample.size = size(source);
  }
  return samples;
}

inline double sample_loss(const std::vector<double>& w, const Sample& sample) {
  const std::size_t c = w.size() / 3;
  const double hidden0 = w[sample.feature] * sample.size;
  const double hidden1 = w[c + sample.feature] * sample.size;
  double loss = 0;
  for (std::size_t j = 0; j < c; ++j) {
    const double input = j == sample.feature ? sample.size : 0.0;
    const double before = w[j] * hidden0 + w[c + j] * hidden1 + w[2 * c + j];
    const double output = before > 0 ? before : 0.0;
    loss += (output - input) * (output - input);
  }
  return loss;
}

// Adds the gradient of one sample's loss to `gradient`, by back-propagation.
inline void add_sample_gradient(const std::vector<double>& w, const Sample& sample,
                                std::vector<double>& gradient) {
  const std::size_t c = w.size() / 3;
  const double hidden0 = w[sample.feature] * sample.size;
  const double hidden1 = w[c + sample.feature] * sample.size;
  double by_hidden0 = 0, by_hidden1 = 0;
  for (std::size_t j = 0; j < c; ++j) {
    const double before = w[j] * hidden0 + w[c + j] * hidden1 + w[2 * c + j];
    if (!(before > 0)) continue;  // ReLU is silent: no derivative
    const double input = j == sample.feature ? sample.size : 0.0;
    const double by_before = 2 * (before - input);
    gradient[j] += by_before * hidden0;
    gradient[c + j] += by_before * hidden1;
    gradient[2 * c + j] += by_before;
    by_hidden0 += by_before * w[j];
    by_hidden1 += by_before * w[c + j];
  }
  gradient[sample.feature] += by_hidden0 * sample.size;
  gradient[c + sample.feature] += by_hidden1 * sample.size;
}

// One trajectory: the start plus N(0, noise^2) on every parameter, its own `samples` samples, and
// `epochs` passes over them, each in a fresh order and in minibatches of `batch`. Returns the final
// parameters. Every seed gives an independent trajectory. Throws std::invalid_argument where
// `start` has not 3 * features entries or `batch` does not divide `samples`.
inline std::vector<double> scalar_sgd_trajectory(std::size_t features,
                                                 const std::vector<double>& start, double noise,
                                                 std::size_t samples, std::size_t batch, double lr,
                                                 std::size_t epochs, std::uint64_t seed) {
  if (features == 0 || start.size() != 3 * features) {
    throw std::invalid_argument("start must have 3 x features entries");
  }
  if (batch == 0 || samples % batch != 0) {
    throw std::invalid_argument("the minibatch must divide the number of samples");
  }
  // A seed sequence, because neighbouring seeds of the generator itself start out correlated.
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  std::mt19937_64 source(sequence);
  std::vector<double> w = start;
  std::normal_distribution<double> normal(0.0, 1.0);
  for (double& entry : w) entry += noise * normal(source);
  std::vector<Sample> data = draw_samples(features, samples, source);

  std::vector<double> gradient(w.size());
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    std::shuffle(data.begin(), data.end(), source);
    for (std::size_t first = 0; first < samples; first += batch) {
      std::fill(gradient.begin(), gradient.end(), 0.0);
      for (std::size_t m = 0; m < batch; ++m) add_sample_gradient(w, data[first + m], gradient);
      const double step = lr / static_cast<double>(batch);
      for (std::size_t p = 0; p < w.size(); ++p) w[p] -= step * gradient[p];
    }
  }
  return w;
}

}  // namespace scalar_reference
