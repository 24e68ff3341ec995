#include "io/block_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "io/checkpoint_hash.hpp"
#include "io/errors.hpp"

namespace kgon {
namespace {

constexpr std::size_t most_waiting = std::size_t{8} << 20;
// In front of each block: its length, and a hash of length and bytes.
constexpr std::size_t block_front = 16;

// The length is part of what is hashed: a damaged one does not lead astray.
std::uint64_t block_hash(std::span<const std::byte> block, std::uint64_t seed) {
  return checkpoint_hash(block, seed ^ (block.size() * 0x9e3779b97f4a7c15u));
}

// Length and hash of a block, and its bytes.
Bytes framed(std::span<const std::byte> block, std::uint64_t seed) {
  ByteWriter writer;
  writer.put(std::uint64_t{block.size()});
  writer.put(block_hash(block, seed));
  Bytes bytes(block_front + block.size());
  std::ranges::copy(writer.take(), bytes.begin());
  std::ranges::copy(block, bytes.begin() + block_front);
  return bytes;
}

ReadHeader header_of(const RawFile& file, const std::string& path) {
  constexpr std::uint64_t longest_header = 4096;
  try {
    return read_checkpoint_header(CheckpointFile::blocks, file.read_at(0, longest_header));
  } catch (const DamagedBytes& error) {
    throw UnusableFile(fmt::format("{}: {}; give --overwrite in place of --resume to begin again",
                                   path, error.what()));
  }
}

// Calls visit(block, bytes) for the whole blocks behind the header, until it returns false; returns
// where the last one that it took ends.
template <class Visit>
std::uint64_t visit_blocks(const RawFile& file, const ReadHeader& header, const Visit& visit) {
  const std::uint64_t size = file.size();
  std::uint64_t end = header.size;
  while (end + block_front <= size) {
    const Bytes numbers = file.read_at(end, block_front);
    if (numbers.size() < block_front) break;
    ByteReader reader(numbers);
    const auto length = reader.get<std::uint64_t>(), hash = reader.get<std::uint64_t>();
    if (length > size - end - block_front) break;
    const StoredBlock block{end + block_front, length};
    const Bytes bytes = file.read_at(block.offset, length);
    if (bytes.size() < length || block_hash(bytes, header.hash) != hash) break;
    if (!visit(block, bytes)) break;
    end = block.offset + length;
  }
  return end;
}

// Puts a copy of the log at `path` with its whole blocks in its place, once it is on the disk.
// Returns its size.
std::uint64_t copy_log(const std::string& path, const CheckpointIdentity& identity) {
  const RawFile from = RawFile::open(path);
  const Bytes head = checkpoint_header(CheckpointFile::blocks, identity);
  const std::uint64_t seed = read_checkpoint_header(CheckpointFile::blocks, head).hash;
  const std::string fresh = path + ".part";
  std::uint64_t end = head.size();
  try {
    RawFile to = RawFile::create(fresh);
    to.write_at(0, head);
    visit_blocks(from, header_of(from, path), [&](const StoredBlock&, const Bytes& block) {
      const Bytes bytes = framed(block, seed);
      to.write_at(end, bytes);
      end += bytes.size();
      return true;
    });
    to.sync();
    to.close();
    rename_file(fresh, path);
  } catch (const IoError&) {
    ::unlink(fresh.c_str());
    throw;
  }
  sync_directory_of(path);
  return end;
}

}  // namespace

BlockLog::BlockLog(std::string path, const CheckpointIdentity& identity)
    : path_(std::move(path)),
      identity_(identity),
      waiting_(checkpoint_header(CheckpointFile::blocks, identity)) {
  seed_ = read_checkpoint_header(CheckpointFile::blocks, waiting_).hash;
}

BlockLog BlockLog::open(
    std::string path,
    const std::function<void(const StoredBlock&, std::span<const std::byte>)>& visit) {
  RawFile file = RawFile::open(path);
  const ReadHeader header = header_of(file, path);
  BlockLog log(std::move(path), header.identity, header.hash);
  log.end_ = visit_blocks(file, header, [&](const StoredBlock& block, const Bytes& bytes) {
    try {
      visit(block, bytes);
      return true;
    } catch (const DamagedBytes&) {
      return false;
    }
  });
  log.file_.emplace(std::move(file));
  return log;
}

void BlockLog::append(std::span<const std::byte> block) {
  const Bytes bytes = framed(block, seed_);
  const std::size_t before = waiting_.size();
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  if (waiting_.size() < most_waiting && !file_) return;
  try {
    write_waiting();
  } catch (const IoError&) {
    waiting_.resize(before);
    throw;
  }
}

// The header is on the disk before anything follows: without it nothing could be read.
void BlockLog::create_file() {
  RawFile file = RawFile::create(path_);
  const Bytes header = checkpoint_header(CheckpointFile::blocks, identity_);
  file.write_at(0, header);
  file.sync();
  sync_directory_of(path_);
  file_.emplace(std::move(file));
}

// A write that fails half-way leaves `end_` where it was: the next one begins there again.
void BlockLog::write_waiting() {
  if (!file_) create_file();
  file_->write_at(end_, waiting_);
  end_ += waiting_.size();
  waiting_.clear();
}

void BlockLog::sync() {
  if (is_doubtful_) write_anew();
  write_waiting();
  // What an earlier run has left behind the last whole block.
  if (file_->size() > end_) file_->truncate(end_);
  is_doubtful_ = true;
  file_->sync();
  is_doubtful_ = false;
}

// Blocks that the old file has lost are computed again by whoever resumes the run.
void BlockLog::write_anew() {
  try {
    const std::uint64_t end = copy_log(path_, identity_);
    RawFile file = RawFile::open(path_);
    file_.reset();
    file_.emplace(std::move(file));
    end_ = end;
  } catch (const UnusableFile& error) {
    throw IoError(error.what());
  }
  is_doubtful_ = false;
}

CheckpointIdentity BlockLog::identity_in(const std::string& path) {
  return header_of(RawFile::open(path), path).identity;
}

void BlockLog::move_to(const std::string& path, const CheckpointIdentity& identity) {
  copy_log(path, identity);
}

Bytes BlockLog::read(const StoredBlock& block) const {
  Bytes bytes = file_->read_at(block.offset - block_front, block_front + block.size);
  ByteReader reader(bytes);
  const bool is_whole = bytes.size() == block_front + block.size;
  const std::uint64_t length = is_whole ? reader.get<std::uint64_t>() : 0;
  const std::uint64_t hash = is_whole ? reader.get<std::uint64_t>() : 0;
  bytes.erase(bytes.begin(),
              bytes.begin() + std::min<std::ptrdiff_t>(block_front, std::ssize(bytes)));
  if (!is_whole || length != block.size || block_hash(bytes, seed_) != hash)
    throw UnusableFile(fmt::format("{}: has changed while it was read", path_));
  return bytes;
}

}  // namespace kgon
