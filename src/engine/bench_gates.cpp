#include "engine/bench_gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <random>
#include <utility>

#include "engine/bench_reference.hpp"
#include "engine/catalogue_population.hpp"
#include "engine/sample_loss.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon {
namespace {

constexpr std::uint64_t gate_key = 0x6b676f6e62656e63ull;
constexpr int points = 16;

// Bounds on relative errors: against the same formula in double, and against differences.
struct Tolerance {
  double plain, differences;
};
Tolerance tolerance_of(Precision precision) {
  return precision == Precision::float64 ? Tolerance{1e-10, 1e-6} : Tolerance{1e-5, 1e-5};
}

// The parameters of every record of every member of a plan of one or more cells.
class PathSink : public TrainSink {
 public:
  void accept(TrainBlock&& block) override {
    const std::lock_guard lock(mutex_);
    const std::size_t size = block.parameters.size() / block.range.count;
    for (std::size_t m = 0; m < block.range.count; ++m) {
      const auto first = block.parameters.begin() + static_cast<std::ptrdiff_t>(m * size);
      paths[{block.range.cell, block.range.first + m}] = {
          first, first + static_cast<std::ptrdiff_t>(size)};
    }
  }
  std::map<std::pair<std::uint32_t, std::uint64_t>, Point> paths;

 private:
  std::mutex mutex_;
};

// First and last record of a path.
std::pair<Point, Point> ends_of(const Point& path, const ModelShape& shape) {
  const std::ptrdiff_t size = shape.parameter_count();
  return {{path.begin(), path.begin() + size}, {path.end() - size, path.end()}};
}

TrainCell gate_cell(const ModelShape& shape, Dataset dataset, Batching batching,
                    std::uint32_t samples, std::uint32_t batch, std::uint64_t steps) {
  TrainCell cell;
  cell.init = "4";
  cell.key = gate_key + samples;
  cell.start = tms::standard_point(tms::phase_code(4, 0, 0), shape.features, 0.0);
  cell.start_noise = 0.05;
  cell.dataset = dataset;
  cell.batching = batching;
  cell.samples = samples;
  cell.batch = batch;
  cell.steps = steps;
  cell.record_steps = {0, steps};
  return cell;
}

TrainPlan gate_plan(const GateSubject& subject, std::vector<TrainCell> cells,
                    std::uint64_t members) {
  TrainPlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.trajectories = plan.count = members;
  plan.levels = tms::phase_levels(subject.shape.features);
  plan.cells = std::move(cells);
  return plan;
}

Gate judged(const std::string& suite, const std::string& name, double plain, double differences,
            const Tolerance& tolerance) {
  return {suite, name, plain <= tolerance.plain && differences <= tolerance.differences,
          fmt::format("plain loop: {:.1e} off ({:.0e} allowed), differences: {:.1e} ({:.0e})",
                      plain, tolerance.plain, differences, tolerance.differences)};
}

// Generic points: entries of N(0, 0.7^2), rounded as the device has them.
std::vector<Point> random_points(const ModelShape& shape) {
  std::mt19937_64 source(gate_key);
  std::normal_distribution<double> normal(0, 0.7);
  std::vector<Point> found(points, Point(static_cast<std::size_t>(shape.parameter_count())));
  for (Point& w : found)
    for (double& entry : w) entry = static_cast<float>(normal(source));
  return found;
}

double mean_loss(const ModelShape& shape, const Point& w,
                 const std::vector<std::uint32_t>& samples) {
  return mean_sample_loss(shape, w.data(), samples);
}

}  // namespace

ExactGradient host_gradient(const ModelShape& shape, Precision precision) {
  if (shape != ModelShape{2, 6}) return nullptr;
  const auto in = [](auto zero) -> ExactGradient {
    using Real = decltype(zero);
    return [](const double* w, const SortedSampleTable& data, double* gradient) {
      using Model = tms::Model<2, 6>;
      Real at[Model::parameters], slope[Model::parameters];
      std::copy_n(w, Model::parameters, at);
      const double loss = Model::Sorted<Real>{}(at, data.view(), slope);
      std::copy_n(slope, Model::parameters, gradient);
      return loss;
    };
  };
  return precision == Precision::float64 ? in(0.0) : in(0.0f);
}

Gate step_gradient_gate(const GateSubject& subject, bool population) {
  const std::uint32_t n = population ? 1 : 50;
  TrainCell cell = gate_cell(subject.shape, population ? Dataset::population : Dataset::own,
                             Batching::shuffle, n, n, 1);
  cell.start.assign(cell.start.size(), 0.0);
  cell.start_noise = 0.7;
  cell.learning_rate = 1;
  PathSink sink;
  subject.backend.train(gate_plan(subject, {cell}, points), sink, subject.control);
  double plain = sink.paths.size() == points ? 0 : INFINITY, differences = plain;
  for (const auto& [member, path] : sink.paths) {
    const auto [from, to] = ends_of(path, subject.shape);
    Point gradient = from;
    for (std::size_t p = 0; p < from.size(); ++p) gradient[p] -= to[p];
    const auto samples = generate_samples(member_stream(cell.key, member.second), Purpose::data, n,
                                          subject.shape.features);
    const Point truth = population ? tms::host_population_gradient(from)
                                   : plain_gradient(subject.shape, from, samples);
    plain = worse(plain, relative_distance(gradient, truth));
    const Point slopes = difference_gradient(from, population ? 1e-5 : 1e-7, [&](const Point& w) {
      return population ? tms::host_population_loss(w) : mean_loss(subject.shape, w, samples);
    });
    differences = worse(differences, relative_distance(gradient, slopes));
  }
  return judged("train", population ? "gradient of L" : "minibatch gradient", plain, differences,
                tolerance_of(subject.precision));
}

Gate exact_gradient_gate(const GateSubject& subject, const std::string& suite) {
  const auto samples = generate_samples(member_stream(gate_key, 0), Purpose::shared_data, 50,
                                        subject.shape.features);
  const SortedSampleTable table = sort_samples(samples, subject.shape.features);
  double plain = 0, differences = 0;
  for (const Point& w : random_points(subject.shape)) {
    Point gradient(w.size());
    subject.exact_gradient(w.data(), table, gradient.data());
    plain = worse(plain, relative_distance(gradient, plain_gradient(subject.shape, w, samples)));
    const Point slopes = difference_gradient(
        w, 1e-7, [&](const Point& at) { return mean_loss(subject.shape, at, samples); });
    differences = worse(differences, relative_distance(gradient, slopes));
  }
  return judged(suite, "exact gradient", plain, differences, tolerance_of(subject.precision));
}

Gate descent_gate(const GateSubject& subject) {
  constexpr std::uint64_t members = 20;
  std::vector<TrainCell> cells;
  for (const Batching batching : {Batching::shuffle, Batching::replacement})
    cells.push_back(gate_cell(subject.shape, Dataset::own, batching, 1000, 20, 500));
  PathSink sink;
  subject.backend.train(gate_plan(subject, cells, members), sink, subject.control);
  double error = sink.paths.size() == cells.size() * members ? 0 : INFINITY;
  for (const auto& [member, path] : sink.paths) {
    const auto [from, to] = ends_of(path, subject.shape);
    const Point truth = plain_descent(subject.shape, cells[member.first], member.second, from);
    error = worse(error, relative_distance(to, truth));
  }
  const double bound = tolerance_of(subject.precision).plain;
  return {"train", "500 steps", error <= bound,
          fmt::format("plain loop: {:.1e} off ({:.0e} allowed)", error, bound)};
}

std::vector<Gate> train_gates(const GateSubject& subject) {
  return {step_gradient_gate(subject, false), step_gradient_gate(subject, true),
          descent_gate(subject), train_bits_gate(subject)};
}

std::vector<Gate> llc_gates(const GateSubject& subject) {
  return {exact_gradient_gate(subject, "llc"),      chain_gate(subject, Sampler::langevin),
          chain_gate(subject, Sampler::sgld),       gaussian_law_gate(subject, Sampler::langevin),
          gaussian_law_gate(subject, Sampler::hmc), llc_bits_gate(subject)};
}

std::vector<Gate> sample_gates(const GateSubject& subject) {
  return {exact_gradient_gate(subject, "sample"), prior_law_gate(subject, SampleMethod::smc),
          prior_law_gate(subject, SampleMethod::hmc), prior_law_gate(subject, SampleMethod::nuts),
          sample_bits_gate(subject)};
}

}  // namespace kgon
