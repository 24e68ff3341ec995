// Whose checkpoint a file is: the first bytes of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/byte_stream.hpp"
#include "io/shard.hpp"

namespace kgon {

// What a run must have in common with the one that it goes on from.
struct CheckpointIdentity {
  std::string stage;       // "train", "llc" or "sample"
  std::string study_hash;  // of every setting that results depend on
  std::uint64_t seed = 0;
  ShardRange members = {};  // of the shard
  std::string build;        // of the program
};

// Two kinds of files, each with its own first eight bytes.
enum class CheckpointFile : std::uint8_t { blocks, states };

// Magic, version, byte order and identity, with a hash of their own: what a file begins with.
Bytes checkpoint_header(CheckpointFile kind, const CheckpointIdentity& identity);

struct ReadHeader {
  CheckpointIdentity identity;
  std::size_t size = 0;    // bytes of the header
  std::uint64_t hash = 0;  // of the identity: the seed of the hashes that follow
};

// DamagedBytes with a clause that says what is wrong: "is no checkpoint of kgon", "is cut off", ...
ReadHeader read_checkpoint_header(CheckpointFile kind, std::span<const std::byte> bytes);

// A clause that names both sides of the first difference; empty where there is none. With
// `any_build` builds may differ.
std::string difference(const CheckpointIdentity& earlier, const CheckpointIdentity& now,
                       bool any_build);

}  // namespace kgon
