// Philox4x32-10 by others. Their headers clash with each other, so each has its own source file.
#pragma once

#include <cstdint>

namespace kgon::test {

// Null where the header was found, else why the reference is missing.
const char* random123_missing();
const char* curand_missing();

// One block from Random123: the counter in two halves.
void random123_block(std::uint64_t counter_low, std::uint64_t counter_high, std::uint64_t key,
                     std::uint32_t words[4]);

// `count` words of curand_init(seed, subsequence, offset) and curand(), cuRAND's device generator.
void curand_words(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t offset, int count,
                  std::uint32_t* words);
// curand_uniform of the same generator.
void curand_uniforms(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t offset, int count,
                     float* uniforms);

}  // namespace kgon::test
