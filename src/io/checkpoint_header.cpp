#include "io/checkpoint_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "io/checkpoint_hash.hpp"

namespace kgon {
namespace {

using Magic = std::array<char, 8>;
constexpr Magic blocks_magic{'K', 'G', 'O', 'N', 'B', 'L', 'K', '\n'};
constexpr Magic states_magic{'K', 'G', 'O', 'N', 'S', 'T', 'A', '\n'};
// Raised with every change of what blocks and states are made of: --force-build goes past builds,
// and not past this.
constexpr std::uint32_t format_version = 1;
// Reads as another number on a machine of the other byte order.
constexpr std::uint32_t byte_order = 0x01020304;

const Magic& magic_of(CheckpointFile kind) {
  return kind == CheckpointFile::blocks ? blocks_magic : states_magic;
}

Bytes identity_bytes(const CheckpointIdentity& identity) {
  ByteWriter bytes;
  bytes.put(identity.stage);
  bytes.put(identity.study_hash);
  bytes.put(identity.seed);
  bytes.put(identity.members.first);
  bytes.put(identity.members.count);
  bytes.put(identity.build);
  return bytes.take();
}

}  // namespace

Bytes checkpoint_header(CheckpointFile kind, const CheckpointIdentity& identity) {
  const Bytes body = identity_bytes(identity);
  ByteWriter bytes;
  for (const char c : magic_of(kind)) bytes.put(c);
  bytes.put(format_version);
  bytes.put(byte_order);
  bytes.put(body);
  bytes.put(checkpoint_hash(body, 0));
  return bytes.take();
}

ReadHeader read_checkpoint_header(CheckpointFile kind, std::span<const std::byte> bytes) {
  const Magic& magic = magic_of(kind);
  if (bytes.size() < magic.size()) throw DamagedBytes("is cut off");
  if (std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    throw DamagedBytes("is no checkpoint of kgon");
  ByteReader reader(bytes.subspan(magic.size()));
  std::uint32_t version = 0, order = 0;
  Bytes body;
  std::uint64_t hash = 0;
  try {
    reader.get(version);
    reader.get(order);
    reader.get(body);
    reader.get(hash);
  } catch (const DamagedBytes&) {
    throw DamagedBytes("is cut off or damaged at its beginning");
  }
  if (order != byte_order) throw DamagedBytes("comes from a machine of another byte order");
  if (version != format_version)
    throw DamagedBytes(fmt::format("has version {} of the format; this program reads version {}",
                                   version, format_version));
  if (checkpoint_hash(body, 0) != hash) throw DamagedBytes("is damaged at its beginning");
  ReadHeader header;
  ByteReader fields(body);
  fields.get(header.identity.stage);
  fields.get(header.identity.study_hash);
  fields.get(header.identity.seed);
  fields.get(header.identity.members.first);
  fields.get(header.identity.members.count);
  fields.get(header.identity.build);
  fields.expect_end();
  header.size = bytes.size() - reader.rest().size();
  header.hash = hash;
  return header;
}

std::string difference(const CheckpointIdentity& earlier, const CheckpointIdentity& now,
                       bool any_build) {
  const auto differ = [](const char* what, const auto& a, const auto& b) {
    return fmt::format("of {} {}, and this is {} {}", what, a, what, b);
  };
  const auto members = [](const ShardRange& range) {
    return fmt::format("{} to {}", range.first, range.first + range.count - 1);
  };
  if (earlier.stage != now.stage) return differ("stage", earlier.stage, now.stage);
  // The seed is part of the study's hash: named first, as the plainer of the two.
  if (earlier.seed != now.seed) return differ("seed", earlier.seed, now.seed);
  if (earlier.study_hash != now.study_hash)
    return differ("study", earlier.study_hash, now.study_hash);
  if (earlier.members.first != now.members.first || earlier.members.count != now.members.count)
    return differ("members", members(earlier.members), members(now.members));
  if (!any_build && earlier.build != now.build) return differ("build", earlier.build, now.build);
  return "";
}

}  // namespace kgon
