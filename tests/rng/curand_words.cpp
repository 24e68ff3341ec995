// cuRAND's device generator, compiled for the host.
#include "rng/reference_words.hpp"

#if __has_include(<curand_kernel.h>)
#define QUALIFIERS static inline
#include <curand_kernel.h>

namespace kgon::test {

const char* curand_missing() {
  return nullptr;
}

void curand_words(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t offset, int count,
                  std::uint32_t* words) {
  curandStatePhilox4_32_10_t state;
  curand_init(seed, subsequence, offset, &state);
  for (int k = 0; k < count; ++k) words[k] = curand(&state);
}

void curand_uniforms(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t offset, int count,
                     float* uniforms) {
  curandStatePhilox4_32_10_t state;
  curand_init(seed, subsequence, offset, &state);
  for (int k = 0; k < count; ++k) uniforms[k] = curand_uniform(&state);
}

}  // namespace kgon::test

#else

namespace kgon::test {
const char* curand_missing() {
  return "curand_kernel.h not found (CUDA toolkit)";
}
void curand_words(std::uint64_t, std::uint64_t, std::uint64_t, int, std::uint32_t*) {}
void curand_uniforms(std::uint64_t, std::uint64_t, std::uint64_t, int, float*) {}
}  // namespace kgon::test

#endif
