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

struct Tables {
  std::vector<SortedSampleTable> alone;  // [1] or [lanes]
  SortedSampleTable side_by_side;
  LaneTables view() const {
    const SortedSampleTable& t = side_by_side;
    const std::size_t stride = alone.size();
    return {static_cast<std::uint32_t>(t.samples.size() / stride),
            static_cast<std::uint32_t>(stride),
            t.samples.data(),
            t.bins.data(),
            t.sum1.data(),
            t.sum2.data(),
            t.bin_bits};
  }
};

template <class T>
void put_lane(std::vector<T>& to, const std::vector<T>& from, std::size_t stride,
              std::size_t lane) {
  to.resize(from.size() * stride);
  for (std::size_t k = 0; k < from.size(); ++k) to[k * stride + lane] = from[k];
}

Tables draw_tables(std::uint32_t n, std::uint32_t stride) {
  Tables tables;
  for (std::uint32_t l = 0; l < stride; ++l) {
    const StreamId<std::uint32_t> stream{philox_key(2), l, 0};
    const auto& table = tables.alone.emplace_back(
        sort_samples(generate_samples(stream, Purpose::data, n, features), features));
    put_lane(tables.side_by_side.samples, table.samples, stride, l);
    put_lane(tables.side_by_side.bins, table.bins, stride, l);
    tables.side_by_side.bin_bits = table.bin_bits;
    put_lane(tables.side_by_side.sum1, table.sum1, stride, l);
    put_lane(tables.side_by_side.sum2, table.sum2, stride, l);
  }
  return tables;
}

// Loss and gradient of one chain in double.
using Truth = std::function<double(const double* w, std::uint32_t lane, double* gradient)>;
// Losses and gradients of all chains.
using Compute = std::function<void(const Points&, double* losses, float* gradients)>;

bool agrees(const std::vector<float>& w, const std::vector<double>& losses,
            const std::vector<float>& gradients, const Truth& truth) {
  for (std::size_t chain = 0; chain < packs * lanes; ++chain) {
    const std::size_t pack = chain / lanes, lane = chain % lanes;
    double x[parameters], gradient[parameters];
    for (std::size_t p = 0; p < parameters; ++p) x[p] = w[pack * pack_size + p * lanes + lane];
    const double loss = truth(x, static_cast<std::uint32_t>(lane), gradient);
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
      [](const double* x, std::uint32_t, double* gradient) {
        return tms::PopulationLoss<double, 2, features>{}(x, gradient);
      });
}

void add_sorted(const std::string& place, const std::vector<float>& w, std::uint32_t n, bool own) {
  const auto tables = std::make_shared<const Tables>(draw_tables(n, own ? lanes : 1));
  const std::string name = std::string("gradient/sorted/avx2/") + (own ? "own" : "shared") + "/n" +
                           std::to_string(n) + "/" + place;
  const auto compute = [=](const Points& points, double* losses, float* gradients) {
    sorted_gradients_avx2(points, tables->view(), losses, gradients);
  };
  add(name, w, compute, [=](const double* x, std::uint32_t lane, double* gradient) {
    const SortedSampleTable& table = tables->alone[own ? lane : 0];
    return tms::SortedLoss<double, 2, features>{}(x, table.view<std::uint32_t>(), gradient);
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
  for (const std::uint32_t n : {1000u, 5000u}) {
    for (const bool own : {true, false}) {
      add_sorted("random", random, n, own);
      add_sorted("near_5gon", near, n, own);
    }
  }
}

}  // namespace kgon::bench
