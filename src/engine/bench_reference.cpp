#include "engine/bench_reference.hpp"

#include <algorithm>
#include <cmath>

#include "engine/cell_settings.hpp"
#include "engine/sample_loss.hpp"
#include "engine/sorted_samples.hpp"
#include "kgon/dynamics/minibatch_indices.hpp"

namespace kgon {
namespace {

// Moves w by one step on each minibatch in turn.
template <class Indices>
void descend(const ModelShape& shape, const TrainCell& cell,
             const std::vector<std::uint32_t>& samples, Indices indices, Point& w) {
  std::vector<std::uint32_t> minibatch(cell.batch);
  for (std::uint64_t t = 0; t < cell.steps; ++t) {
    indices.begin_step();
    for (std::uint32_t first = 0; first < cell.batch; first += 4) {
      const std::uint32_t count = std::min(4u, cell.batch - first);
      std::uint32_t four[4];
      indices.next(four, static_cast<int>(count));
      for (std::uint32_t k = 0; k < count; ++k) minibatch[first + k] = samples[four[k]];
    }
    const Point gradient = plain_gradient(shape, w, minibatch);
    for (std::size_t p = 0; p < w.size(); ++p) w[p] -= cell.learning_rate * gradient[p];
  }
}

}  // namespace

Point plain_gradient(const ModelShape& shape, const Point& w,
                     std::span<const std::uint32_t> samples) {
  Point gradient(w.size());
  for (const std::uint32_t sample : samples) add_sample_gradient(shape, w.data(), sample, gradient);
  for (double& entry : gradient) entry /= static_cast<double>(samples.size());
  return gradient;
}

Point difference_gradient(const Point& w, double step,
                          const std::function<double(const Point&)>& loss) {
  Point gradient(w.size()), moved = w;
  for (std::size_t p = 0; p < w.size(); ++p) {
    moved[p] = w[p] + step;
    const double above = loss(moved);
    moved[p] = w[p] - step;
    gradient[p] = (above - loss(moved)) / (2 * step);
    moved[p] = w[p];
  }
  return gradient;
}

Point plain_descent(const ModelShape& shape, const TrainCell& cell, std::uint64_t member, Point w) {
  const CellSettings settings = cell_settings(cell, shape.parameter_count());
  const bool own = cell.dataset == Dataset::own;
  const auto samples =
      generate_samples(member_stream(settings, own ? member : 0),
                       own ? Purpose::data : Purpose::shared_data, cell.samples, shape.features);
  const StreamId<std::uint32_t> stream = member_stream(settings, member);
  if (cell.batching == Batching::shuffle) {
    descend(shape, cell, samples, ShuffledIndices<std::uint32_t>(stream, settings.grid, 0), w);
  } else {
    descend(shape, cell, samples,
            ReplacementIndices<std::uint32_t>(stream, settings.indices, cell.batch, 0), w);
  }
  return w;
}

double relative_distance(const Point& a, const Point& truth) {
  double distance2 = 0, norm2 = 0;
  for (std::size_t p = 0; p < truth.size(); ++p) {
    distance2 += (a[p] - truth[p]) * (a[p] - truth[p]);
    norm2 += truth[p] * truth[p];
  }
  return std::sqrt(distance2) / std::max(std::sqrt(norm2), 0.01);
}

double worse(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

}  // namespace kgon
