#include "io/result_identity.hpp"

#include "io/errors.hpp"
#include "io/in_child.hpp"
#include "io/netcdf_file.hpp"
#include "io/result_metadata.hpp"
#include "io/stage_settings.hpp"

namespace kgon {
namespace {

ResultIdentity identity_in(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  const int root = file.root();
  const MemberAxis& axis = member_axis(file);
  file.text(root, NC_GLOBAL, "kgon_version");
  return {axis.stage,
          file.text(root, NC_GLOBAL, "study_hash"),
          {file.unsigned_integer(root, "shard_first"), file.unsigned_integer(root, "shard_count")},
          file.unsigned_integer(root, axis.total),
          file.text(root, NC_GLOBAL, "study")};
}

Bytes bytes_of(const ResultIdentity& identity) {
  ByteWriter bytes;
  bytes.put(identity.stage);
  bytes.put(identity.study_hash);
  bytes.put(identity.members);
  bytes.put(identity.total);
  bytes.put(identity.study_text);
  return bytes.take();
}

ResultIdentity identity_from(const Bytes& bytes) {
  ByteReader reader(bytes);
  ResultIdentity identity;
  reader.get(identity.stage);
  reader.get(identity.study_hash);
  reader.get(identity.members);
  reader.get(identity.total);
  reader.get(identity.study_text);
  return identity;
}

}  // namespace

bool ResultIdentity::is_same_result(const ResultIdentity& other) const {
  return stage == other.stage && study_hash == other.study_hash &&
         members.first == other.members.first && members.count == other.members.count;
}

std::optional<ResultIdentity> read_result_identity(const std::string& path) {
  try {
    return identity_from(bytes_from_child({path}, [&] { return bytes_of(identity_in(path)); }));
  } catch (const UnusableFile&) {
    return std::nullopt;
  }
}

std::string describe_foreign_file(const std::string& path) {
  try {
    in_child(
        {path}, [&](const Deliver&) { NetcdfFile::open(path); }, [](Bytes&&) {});
    return "is a NetCDF file, but no kgon result";
  } catch (const UnusableFile&) {
    return "is no NetCDF file";
  }
}

bool have_same_settings(const Study& a, const Study& b, std::string_view table) {
  // Both hold every key of the table of keys, in its order.
  for (std::size_t i = 0; i < a.settings().size(); ++i) {
    const Setting& setting = a.settings()[i];
    if (!belongs_to_stage(*setting.key, table) || setting.key->scope == KeyScope::run) continue;
    if (setting.values != b.settings()[i].values) return false;
  }
  return true;
}

}  // namespace kgon
