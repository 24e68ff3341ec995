#include "engine/sample_loss.hpp"

#include <algorithm>

#include "kgon/model/tms/sample.hpp"

namespace kgon {

double sample_loss(const ModelShape& shape, const double* w, std::uint32_t sample) {
  const int i = static_cast<int>(tms::sample_feature(sample));
  const double magnitude = tms::sample_magnitude<double>(sample);
  double sum = 0;
  for (int j = 0; j < shape.features; ++j) {
    double dot = 0;
    for (int h = 0; h < shape.hidden; ++h)
      dot += w[h * shape.features + i] * w[h * shape.features + j];
    const double output = std::max(0.0, magnitude * dot + w[shape.hidden * shape.features + j]);
    const double error = output - (i == j ? magnitude : 0);
    sum += error * error;
  }
  return sum;
}

void add_sample_gradient(const ModelShape& shape, const double* w, std::uint32_t sample,
                         std::span<double> gradient) {
  const auto at = [&](int h, int j) { return static_cast<std::size_t>(h * shape.features + j); };
  const int i = static_cast<int>(tms::sample_feature(sample));
  const double magnitude = tms::sample_magnitude<double>(sample);
  for (int j = 0; j < shape.features; ++j) {
    double dot = 0;
    for (int h = 0; h < shape.hidden; ++h) dot += w[at(h, i)] * w[at(h, j)];
    const double output = magnitude * dot + w[at(shape.hidden, j)];
    if (!(output > 0)) continue;  // a silent unit has no derivative
    const double slope = 2 * (output - (i == j ? magnitude : 0));
    gradient[at(shape.hidden, j)] += slope;
    for (int h = 0; h < shape.hidden; ++h) {
      gradient[at(h, i)] += slope * magnitude * w[at(h, j)];
      gradient[at(h, j)] += slope * magnitude * w[at(h, i)];
    }
  }
}

double mean_sample_loss(const ModelShape& shape, const double* w,
                        std::span<const std::uint32_t> samples) {
  double sum = 0;
  for (const std::uint32_t sample : samples) sum += sample_loss(shape, w, sample);
  return sum / static_cast<double>(samples.size());
}

}  // namespace kgon
