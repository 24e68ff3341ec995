// How many members of a result have failed.
#pragma once

#include <cstdint>
#include <string>

namespace kgon {

struct FailedMembers {
  std::uint64_t failed = 0;
  std::uint64_t members = 0;
  std::string what;  // the members, in the plural
};

// Trajectories of a train result with a record that failed, chains of an llc result that failed;
// none of a sample result, whose chains are judged by what it says of its posteriors. Reads the
// file in a process of its own (in_child). UnusableFile.
FailedMembers count_failed_members(const std::string& path);

}  // namespace kgon
