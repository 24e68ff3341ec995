#include "io/checkpoint.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "io/checkpoint_hash.hpp"
#include "io/errors.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

namespace fs = std::filesystem;

std::string blocks_name(const std::string& output) {
  return output + ".blocks";
}
std::string states_name(const std::string& output) {
  return output + ".checkpoint";
}
std::string older_name(const std::string& output) {
  return output + ".checkpoint.old";
}

bool is_there(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// Whether its writer was killed before it had written anything that counts.
bool is_beginning_of_header(const std::string& path, const CheckpointIdentity& identity) {
  const Bytes header = checkpoint_header(CheckpointFile::blocks, identity);
  const RawFile file = RawFile::open(path);
  if (file.size() >= header.size()) return false;
  const Bytes bytes = file.read_at(0, header.size());
  return std::ranges::equal(bytes, std::span(header).first(bytes.size()));
}

Bytes states_bytes(const CheckpointIdentity& identity, const CheckpointStates& states,
                   std::uint64_t blocks_size) {
  Bytes bytes = checkpoint_header(CheckpointFile::states, identity);
  const std::uint64_t seed = read_checkpoint_header(CheckpointFile::states, bytes).hash;
  ByteWriter writer;
  writer.put(states.seconds);
  writer.put(blocks_size);
  writer.put(std::uint64_t{states.states.size()});
  for (const Bytes& state : states.states) writer.put(state);
  const Bytes body = writer.take();
  ByteWriter end;
  end.put(body);
  end.put(checkpoint_hash(body, seed));
  const Bytes hashed = end.take();
  bytes.insert(bytes.end(), hashed.begin(), hashed.end());
  return bytes;
}

}  // namespace

bool has_checkpoint(const std::string& output) {
  return is_there(blocks_name(output)) || is_there(states_name(output)) ||
         is_there(older_name(output));
}

void remove_checkpoint(const std::string& output) {
  // States without blocks are refused or computed again; blocks without states are as good as ever.
  for (const std::string& path :
       {states_name(output) + ".part", older_name(output), states_name(output),
        blocks_name(output) + ".part", blocks_name(output)})
    ::unlink(path.c_str());
}

Checkpoint::Checkpoint(const std::string& output, const CheckpointIdentity& identity)
    : output_(output),
      current_(states_name(output)),
      older_(older_name(output)),
      fresh_(current_ + ".part"),
      identity_(identity),
      blocks_(BlockLog(blocks_name(output), identity)) {}

Checkpoint::Checkpoint(const std::string& output, const CheckpointIdentity& identity,
                       const Opening& opening)
    : Checkpoint(output, identity) {
  // States first: where they belong to another study, no block is read.
  const std::uint64_t durable = open_states(opening);
  open_blocks(opening);
  if (blocks_->size() < durable)
    opening.warn(
        fmt::format("{} is damaged or cut off at byte {} of {}: what came after is computed again",
                    blocks_name(output_), blocks_->size(), durable));
}

void Checkpoint::refuse_other(const std::string& path, const CheckpointIdentity& earlier,
                              const Opening& opening) const {
  const std::string why = difference(earlier, identity_, opening.any_build);
  if (why.empty()) return;
  const bool is_build = difference(earlier, identity_, true).empty();
  throw UsageError(fmt::format(
      "-o {}: {} is the checkpoint {}; {}", output_, path, why,
      is_build ? "give --force-build to go on all the same, or --overwrite to begin again"
               : "take another name, or give --overwrite in place of --resume to begin again"));
}

void Checkpoint::open_blocks(const Opening& opening) {
  const std::string path = blocks_name(output_);
  if (!is_there(path) || is_beginning_of_header(path, identity_)) return;
  const CheckpointIdentity earlier = BlockLog::identity_in(path);
  refuse_other(path, earlier, opening);
  // From here on it is one of this build.
  if (earlier.build != identity_.build) BlockLog::move_to(path, identity_);
  blocks_.reset();
  blocks_.emplace(BlockLog::open(path, opening.visit));
}

// The size of the log when the states were written.
std::uint64_t Checkpoint::read_states(const std::string& path, const Opening& opening) {
  const RawFile file = RawFile::open(path);
  const Bytes bytes = file.read_at(0, file.size());
  const ReadHeader header = read_checkpoint_header(CheckpointFile::states, bytes);
  refuse_other(path, header.identity, opening);
  ByteReader reader(std::span<const std::byte>(bytes).subspan(header.size));
  Bytes body;
  reader.get(body);
  if (reader.get<std::uint64_t>() != checkpoint_hash(body, header.hash))
    throw DamagedBytes("is damaged");
  reader.expect_end();
  ByteReader parts(body);
  CheckpointStates states;
  parts.get(states.seconds);
  const auto size = parts.get<std::uint64_t>();
  const auto count = parts.get<std::uint64_t>();
  for (std::uint64_t k = 0; k < count; ++k) parts.get(states.states.emplace_back());
  states_ = std::move(states);
  return size;
}

std::uint64_t Checkpoint::open_states(const Opening& opening) {
  const auto try_to_read = [&](const std::string& path) -> std::optional<std::uint64_t> {
    if (!is_there(path)) return std::nullopt;
    try {
      return read_states(path, opening);
    } catch (const DamagedBytes& error) {
      opening.warn(fmt::format("{} cannot be used: {}", path, error.what()));
    } catch (const UnusableFile& error) {
      opening.warn(error.what());
    }
    return std::nullopt;
  };
  const auto current = try_to_read(current_);
  is_current_sound_ = current.has_value();
  if (current) return *current;
  const bool was_there = is_there(current_);
  const auto older = try_to_read(older_);
  if (older && was_there) opening.warn(fmt::format("{} is used in its place", older_));
  return older.value_or(0);
}

Bytes Checkpoint::read(const StoredBlock& block) const {
  const std::lock_guard lock(blocks_mutex_);
  return blocks_->read(block);
}

bool Checkpoint::append(std::span<const std::byte> block) {
  const std::lock_guard lock(blocks_mutex_);
  if (leaves_blocks_out_) return false;
  leaves_blocks_out_ = true;
  blocks_->append(block);
  leaves_blocks_out_ = false;
  return true;
}

// Their bytes.
std::uint64_t Checkpoint::make_blocks_durable() {
  const std::lock_guard lock(blocks_mutex_);
  blocks_->sync();
  leaves_blocks_out_ = false;
  return blocks_->size();
}

void Checkpoint::write(const CheckpointStates& states) {
  const std::lock_guard lock(writing_mutex_);
  const Bytes bytes = states_bytes(identity_, states, make_blocks_durable());
  try {
    RawFile file = RawFile::create(fresh_);
    file.write_at(0, bytes);
    file.sync();
    file.close();
  } catch (const IoError&) {
    ::unlink(fresh_.c_str());
    throw;
  }
  // One that cannot be read is not worth the older one's place.
  if (is_current_sound_) rename_file(current_, older_);
  is_current_sound_ = false;
  rename_file(fresh_, current_);
  is_current_sound_ = true;
  sync_directory_of(current_);
}

}  // namespace kgon
