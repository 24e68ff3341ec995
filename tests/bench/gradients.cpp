#include <benchmark/benchmark.h>

#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "cases.hpp"
#include "engine/sorted_samples.hpp"
#include "gradients_avx2.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/population.hpp"
#include "kgon/model/tms/sorted_loss.hpp"

namespace kgon::bench {
namespace {

constexpr std::size_t packs = 64, pack_size = std::size_t{parameters} * lanes;

// [packs, parameters, lanes]: `center` and normal noise on every parameter.
std::vector<float> points_around(const std::vector<double>& center, double noise) {
  std::mt19937 generator(1);
  std::normal_distribution<double> normal(0, noise);
  std::vector<float> w(packs * pack_size);
  for (std::size_t k = 0; k < w.size(); ++k) {
    w[k] = static_cast<float>(center[k / lanes % parameters] + normal(generator));
  }
  return w;
}

// Loss and gradient of one chain in double.
using Truth = std::function<double(const double* w, double* gradient)>;
// Losses and gradients of all chains.
using Compute = std::function<void(const Points&, double* losses, float* gradients)>;

bool agrees(const std::vector<float>& w, const std::vector<double>& losses,
            const std::vector<float>& gradients, const Truth& truth) {
  for (std::size_t chain = 0; chain < packs * lanes; ++chain) {
    const std::size_t pack = chain / lanes, lane = chain % lanes;
    double x[parameters], gradient[parameters];
    for (std::size_t p = 0; p < parameters; ++p) x[p] = w[pack * pack_size + p * lanes + lane];
    const double loss = truth(x, gradient);
    bool good = std::abs(losses[chain] - loss) <= 1e-4 * (1 + loss);
    for (std::size_t p = 0; p < parameters; ++p) {
      const double g = gradients[pack * pack_size + p * lanes + lane];
      good = good && std::abs(g - gradient[p]) <= 1e-4 * (1 + loss + std::abs(gradient[p]));
    }
    if (!good) return false;
  }
  return true;
}

void measure(benchmark::State& state, const std::vector<float>& w, const Compute& compute,
             const Truth& truth) {
  std::vector<double> losses(packs * lanes);
  std::vector<float> gradients(w.size());
  const Points points{packs, w.data()};
  for (auto run : state) {
    compute(points, losses.data(), gradients.data());
    benchmark::DoNotOptimize(gradients.data());
    benchmark::ClobberMemory();
  }
  if (!agrees(w, losses, gradients, truth)) state.SkipWithError("the gradient is wrong");
  const auto chains = static_cast<std::int64_t>(packs) * lanes * state.iterations();
  state.SetItemsProcessed(chains);
  // Shown as seconds with a prefix: 300n is 300 ns.
  state.counters["per_gradient"] = benchmark::Counter(
      static_cast<double>(chains), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void add(const std::string& name, const std::vector<float>& w, const Compute& compute,
         const Truth& truth) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    measure(state, w, compute, truth);
  })->Unit(benchmark::kMicrosecond);
}

void add_population(const std::string& place, const std::vector<float>& w) {
  add("gradient/population/avx2/" + place, w, population_gradients_avx2,
      [](const double* x, double* gradient) {
        return tms::PopulationLoss<double, 2, features>{}(x, gradient);
      });
}

void add_sorted(const std::string& place, const std::vector<float>& w, std::uint32_t n) {
  const StreamId<std::uint32_t> stream{philox_key(2), 0, 0};
  const auto table = std::make_shared<const SortedSampleTable>(
      sort_samples(generate_samples(stream, Purpose::data, n, features), features));
  const auto compute = [=](const Points& points, double* losses, float* gradients) {
    sorted_gradients_avx2(points, table->view(), losses, gradients);
  };
  add("gradient/sorted/avx2/n" + std::to_string(n) + "/" + place, w, compute,
      [=](const double* x, double* gradient) {
        return tms::SortedLoss<double, 2, features>{}(x, table->view(), gradient);
      });
}

}  // namespace

void register_gradients() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
  const std::vector<double> origin(parameters, 0.0);
  const auto random = points_around(origin, 0.7);
  const auto near =
      points_around(tms::standard_point(tms::phase_code(5, 0, 0), features, 0.0), 0.02);
  add_population("random", random);
  add_population("near_5gon", near);
  for (const std::uint32_t n : {1000u, 5000u, 100'000u}) {
    add_sorted("random", random, n);
    add_sorted("near_5gon", near, n);
  }
}

}  // namespace kgon::bench
