#include "io/result_metadata.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>

#include "io/netcdf_file.hpp"
#include "io/short_text.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

// The last second of the year 9999: later years have no four digits.
constexpr std::int64_t last_second = 253402300799;

// SOURCE_DATE_EPOCH, where it is set and not empty.
std::optional<std::time_t> fixed_time() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr || *epoch == '\0') return std::nullopt;
  std::int64_t seconds = 0;
  const char* end = epoch + std::strlen(epoch);
  const auto parsed = std::from_chars(epoch, end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds < 0 || seconds > last_second)
    throw UsageError(fmt::format(
        "SOURCE_DATE_EPOCH is {}: seconds since 1970 are meant, an integer from 0 to {}",
        short_printable(epoch), last_second));
  return static_cast<std::time_t>(seconds);
}

}  // namespace

const MemberAxis& member_axis(const NetcdfFile& file) {
  for (const NetcdfFile::Group& group : file.groups())
    for (const MemberAxis* axis : {&train_axis, &llc_axis, &sample_axis})
      if (group.name == axis->group) return *axis;
  file.fail("it has no group of a kgon result");
}

void put_root_attributes(NetcdfFile& file, const ResultMetadata& metadata,
                         const ResultScope& scope) {
  const auto text = [&](const char* name, const std::string& value) {
    file.put_text(file.root(), NC_GLOBAL, name, value);
  };
  const auto integer = [&](const char* name, std::uint64_t value) {
    file.put_value(file.root(), NC_GLOBAL, name, static_cast<std::int64_t>(value));
  };
  text("title", scope.title);
  text("Conventions", "CF-1.8");
  text("kgon_version", metadata.version);
  text("study", metadata.study);
  text("study_hash", metadata.study_hash);
  file.put_value(file.root(), NC_GLOBAL, "seed", metadata.seed);
  text("device", metadata.device);
  text("command", metadata.command);
  text("created_at", creation_time());
  integer("shard_first", scope.shard.first);
  integer("shard_count", scope.shard.count);
  integer(scope.axis.total, scope.members);
  integer("hidden", static_cast<std::uint64_t>(scope.shape.hidden));
  integer("features", static_cast<std::uint64_t>(scope.shape.features));
  text("precision", scope.precision == Precision::float32 ? "float" : "double");
}

void put_wall_seconds(NetcdfFile& file, double seconds) {
  if (!fixed_time()) file.put_value(file.root(), NC_GLOBAL, wall_seconds_attribute, seconds);
}

void check_source_date() {
  fixed_time();
}

std::string creation_time() {
  const std::time_t now = fixed_time().value_or(std::time(nullptr));
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text, length};
}

}  // namespace kgon
