// The hash behind every part of a checkpoint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kgon {

// XXH3, 64 bits. The seed ties a part to the file that it belongs to.
std::uint64_t checkpoint_hash(std::span<const std::byte> bytes, std::uint64_t seed);

}  // namespace kgon
