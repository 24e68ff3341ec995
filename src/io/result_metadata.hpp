// Where a result comes from: the attributes of its root.
#pragma once

#include <cstdint>
#include <string>

#include "io/shard.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

class NetcdfFile;

// The members of a stage's result.
struct MemberAxis {
  const char* stage;      // "train"
  const char* group;      // of the stage's variables
  const char* dimension;  // of the members in that group
  const char* total;      // attribute of the root: members of the whole study
};
inline constexpr MemberAxis train_axis{"train", "sgd", "trajectory", "trajectories"};
inline constexpr MemberAxis llc_axis{"llc", "llc", "point", "points"};
inline constexpr MemberAxis sample_axis{"sample", "sample", "island", "islands"};

// That of the file's stage. Throws UnusableFile where it is of no stage of kgon.
const MemberAxis& member_axis(const NetcdfFile& file);

struct ResultMetadata {
  std::string study;  // the resolved study as TOML text
  std::string study_hash;
  std::string version;  // of kgon
  std::string device;
  std::string command;
  std::uint64_t seed = 0;
};

// What else the root says.
struct ResultScope {
  std::string title;
  ModelShape shape;
  Precision precision = Precision::float32;
  ShardRange shard;  // members of the file
  MemberAxis axis;
  std::uint64_t members = 0;  // of the whole study
};

// Writes the attributes. IoError.
void put_root_attributes(NetcdfFile& file, const ResultMetadata& metadata,
                         const ResultScope& scope);

// Adds what is known at the end: the wall time of the computing, so long as SOURCE_DATE_EPOCH does
// not ask for equal files of equal runs. IoError.
void put_wall_seconds(NetcdfFile& file, double seconds);
inline constexpr const char* wall_seconds_attribute = "wall_seconds";

// UsageError where SOURCE_DATE_EPOCH is set and is no number of seconds since 1970.
void check_source_date();

// ISO-8601 UTC of now, or of SOURCE_DATE_EPOCH where that is set.
std::string creation_time();

}  // namespace kgon
