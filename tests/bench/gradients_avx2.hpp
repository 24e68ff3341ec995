// The seam to code compiled for AVX2: plain data only, see src/backends/cpu/pack_task.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kgon/model/tms/sorted_samples.hpp"

namespace kgon::bench {

inline constexpr int features = 6, parameters = 18;
inline constexpr std::uint32_t lanes = 8;  // chains side by side in a pack of floats

// Points of packs of chains, [packs, parameters, lanes].
struct Points {
  std::size_t packs;
  const float* w;
};

// Writes the losses, [packs, lanes], and the gradients, [packs, parameters, lanes].
void population_gradients_avx2(const Points& points, double* losses, float* gradients);
void sorted_gradients_avx2(const Points& points, const tms::SortedSamples& data, double* losses,
                           float* gradients);

}  // namespace kgon::bench
