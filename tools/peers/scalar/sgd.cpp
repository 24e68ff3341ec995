// SGD on the Toy Model of Superposition as a plain loop: one trajectory after another, float, one
// sample at a time, what a compiler makes of it. The peer "scalar C++" of tools/peers/run.
//
// usage: sgd gate FILE            steps of given minibatches; the parameters go to stdout as text
//        sgd time TRAJECTORIES STEPS THREADS SEED    prints the loop's seconds, and those of the
//                                             processor
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int features = 6, hidden = 2, parameters = hidden * features + features;
constexpr int samples = 1000, batch = 20;
constexpr float rate = 0.005f;

// W row by row, then b.
using Point = std::array<float, parameters>;

// i << 23 | m, mu = (m + 1) 2^-23.
using Sample = std::uint32_t;

// xorshift64* (Vigna 2016) with Lemire's bounded integers, biased by less than 1e-6 here.
struct Generator {
  std::uint64_t state;

  std::uint32_t below(std::uint32_t bound) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    const std::uint64_t word = (state * 0x2545F4914F6CDD1DULL) >> 32;
    return static_cast<std::uint32_t>((word * bound) >> 32);
  }
};

// Adds the gradient of ||x - f(x)||^2 / 2 at one sample.
void add_gradient(const Point& w, Sample sample, Point& gradient) {
  const int i = static_cast<int>(sample >> 23);
  const float magnitude = static_cast<float>((sample & 0x7FFFFF) + 1) * 0x1p-23f;
  float inner[hidden], back[hidden] = {};
  for (int h = 0; h < hidden; ++h) inner[h] = magnitude * w[h * features + i];
  for (int j = 0; j < features; ++j) {
    float value = w[hidden * features + j];
    for (int h = 0; h < hidden; ++h) value += inner[h] * w[h * features + j];
    const float target = i == j ? magnitude : 0;
    const float residual = value > 0 ? value - target : 0;
    gradient[hidden * features + j] += residual;
    for (int h = 0; h < hidden; ++h) {
      gradient[h * features + j] += residual * inner[h];
      back[h] += residual * w[h * features + j];
    }
  }
  for (int h = 0; h < hidden; ++h) gradient[h * features + i] += magnitude * back[h];
}

// draw(k): index of sample k of the minibatch.
template <class Draw>
void step(Point& w, const Sample* data, Draw draw) {
  Point gradient{};
  for (int k = 0; k < batch; ++k) add_gradient(w, data[draw(k)], gradient);
  for (int p = 0; p < parameters; ++p) w[p] -= 2 * rate / batch * gradient[p];
}

template <class T>
std::vector<T> read(std::ifstream& file, std::size_t count) {
  std::vector<T> values(count);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(T)));
  return values;
}

// The file: numbers of trajectories and of steps, starts [trajectories, parameters] as doubles,
// samples [trajectories, samples], indices [steps, trajectories, batch], integers of 32 bits.
int gate(const char* name) {
  std::ifstream file(name, std::ios::binary);
  const auto sizes = read<std::uint32_t>(file, 2);
  const std::size_t members = sizes[0], steps = sizes[1];
  const auto start = read<double>(file, members * parameters);
  const auto data = read<Sample>(file, members * samples);
  const auto indices = read<std::uint32_t>(file, steps * members * batch);
  if (!file) return 1;
  for (std::size_t m = 0; m < members; ++m) {
    Point w;
    for (int p = 0; p < parameters; ++p) w[p] = static_cast<float>(start[m * parameters + p]);
    for (std::size_t t = 0; t < steps; ++t) {
      const std::uint32_t* index = &indices[(t * members + m) * batch];
      step(w, &data[m * samples], [&](int k) { return index[k]; });
    }
    for (const float parameter : w) std::printf("%.9g\n", parameter);
  }
  return 0;
}

struct Times {
  double wall, cpu;
};

Times time_loop(std::size_t members, std::size_t steps, std::size_t threads, std::uint64_t seed) {
  std::vector<Sample> data(members * samples);
  std::vector<Point> points(members);
  Generator fill{seed * 2 + 1};
  for (Sample& sample : data) sample = fill.below(features << 23);
  std::mt19937_64 bits(seed);
  std::normal_distribution<float> normal;
  for (Point& w : points)
    for (float& parameter : w) parameter = normal(bits);

  const auto work = [&](std::size_t thread) {
    for (std::size_t m = thread; m < members; m += threads) {
      Generator generator{(seed << 32) + m + 1};
      for (std::size_t t = 0; t < steps; ++t)
        step(points[m], &data[m * samples], [&](int) { return generator.below(samples); });
    }
  };
  const std::clock_t cpu = std::clock();
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::jthread> workers;
  for (std::size_t thread = 0; thread < threads; ++thread) workers.emplace_back(work, thread);
  workers.clear();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {wall.count(), static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

}  // namespace

int main(int count, char** words) {
  if (count == 3 && std::strcmp(words[1], "gate") == 0) return gate(words[2]);
  if (count != 6 || std::strcmp(words[1], "time") != 0) {
    std::fprintf(stderr, "usage: sgd gate FILE | sgd time TRAJECTORIES STEPS THREADS SEED\n");
    return 2;
  }
  const Times times = time_loop(std::stoul(words[2]), std::stoul(words[3]), std::stoul(words[4]),
                                std::stoul(words[5]));
  std::printf("%.9g %.9g\n", times.wall, times.cpu);
  return 0;
}
