// The seam to code compiled for AVX2: plain data only, see src/backends/cpu/pack_task.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kgon::bench {

inline constexpr int features = 6, parameters = 18;
inline constexpr std::uint32_t lanes = 8;  // chains side by side in a pack of floats

// Points of packs of chains, [packs, parameters, lanes].
struct Points {
  std::size_t packs;
  const float* w;
};

// Sorted data sets as in tms::SortedSamples: one for all chains (stride 1), or one for each, side
// by side (stride = lanes).
struct LaneTables {
  std::uint32_t n, stride;
  const std::uint32_t* samples;  // [n, stride]
  const std::uint32_t* bins;     // [features << bin_bits, and one; stride]
  const double* sum1;            // [n + 1, stride]
  const double* sum2;            // [n + 1, stride]
  int bin_bits;
};

// Writes the losses, [packs, lanes], and the gradients, [packs, parameters, lanes].
void population_gradients_avx2(const Points& points, double* losses, float* gradients);
void sorted_gradients_avx2(const Points& points, const LaneTables& data, double* losses,
                           float* gradients);

}  // namespace kgon::bench
