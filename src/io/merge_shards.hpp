// The files that a merge joins: read, put into order and checked to be the shards of one study.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/result_metadata.hpp"

namespace kgon {

// A file is open only while it is read: there may be thousands of shards.
struct ShardFile {
  std::string path;
  const MemberAxis* axis = nullptr;
  std::uint64_t first = 0, count = 0, total = 0;
  std::string study_hash, version, precision, device;
  std::uint64_t seed = 0;
  std::optional<double> wall_seconds;
};

// Sorted and checked to be all members of one study, each once. Throws UnusableFile, one sentence
// with the files, where they are not.
std::vector<ShardFile> read_shards(const std::vector<std::string>& paths);

}  // namespace kgon
