// Random inputs of tests, from a generator that kgon does not use.
#pragma once

#include <cstdint>
#include <random>

namespace kgon::test {

class WordSource {
 public:
  explicit WordSource(std::uint32_t seed) : source_(seed) {}

  std::uint32_t word() { return static_cast<std::uint32_t>(source_()); }
  std::uint64_t wide() { return static_cast<std::uint64_t>(word()) << 32 | word(); }
  std::uint32_t below(std::uint32_t n) { return word() % n; }  // not exactly uniform
  double uniform() { return (word() + 0.5) / 4294967296.0; }
  double normal() { return normal_(source_); }

 private:
  std::mt19937 source_;
  std::normal_distribution<double> normal_;
};

}  // namespace kgon::test
