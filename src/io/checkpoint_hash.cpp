#include "io/checkpoint_hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kgon {

std::uint64_t checkpoint_hash(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace kgon
