#include "io/block_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/checkpoint_hash.hpp"
#include "io/errors.hpp"

namespace kgon {
namespace {

constexpr std::size_t most_waiting = std::size_t{8} << 20;
// In front of each block: its length, and a hash of length and bytes.
constexpr std::size_t front = 16;

// The length is part of what is hashed: a damaged one does not lead astray.
std::uint64_t block_hash(std::span<const std::byte> block, std::uint64_t seed) {
  return checkpoint_hash(block, seed ^ (block.size() * 0x9e3779b97f4a7c15u));
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
  const std::uint64_t size = file.size();
  constexpr std::uint64_t longest_header = 4096;
  ReadHeader header;
  try {
    header = read_checkpoint_header(CheckpointFile::blocks, file.read_at(0, longest_header));
  } catch (const DamagedBytes& error) {
    throw UnusableFile(fmt::format("{}: {}; give --overwrite in place of --resume to begin again",
                                   path, error.what()));
  }
  BlockLog log(std::move(path), header.identity, header.hash);
  log.end_ = header.size;
  while (log.end_ + front <= size) {
    const Bytes numbers = file.read_at(log.end_, front);
    if (numbers.size() < front) break;
    ByteReader reader(numbers);
    const auto length = reader.get<std::uint64_t>(), hash = reader.get<std::uint64_t>();
    if (length > size - log.end_ - front) break;
    const StoredBlock block{log.end_ + front, length};
    const Bytes bytes = file.read_at(block.offset, length);
    if (bytes.size() < length || block_hash(bytes, log.seed_) != hash) break;
    try {
      visit(block, bytes);
    } catch (const DamagedBytes&) {
      break;
    }
    log.end_ = block.offset + length;
  }
  log.file_.emplace(std::move(file));
  return log;
}

void BlockLog::append(std::span<const std::byte> block) {
  ByteWriter numbers;
  numbers.put(std::uint64_t{block.size()});
  numbers.put(block_hash(block, seed_));
  const Bytes head = numbers.take();
  const std::size_t before = waiting_.size();
  waiting_.insert(waiting_.end(), head.begin(), head.end());
  waiting_.insert(waiting_.end(), block.begin(), block.end());
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
  write_waiting();
  // What an earlier run has left behind the last whole block.
  if (file_->size() > end_) file_->truncate(end_);
  file_->sync();
}

Bytes BlockLog::read(const StoredBlock& block) const {
  Bytes bytes = file_->read_at(block.offset - front, front + block.size);
  ByteReader reader(bytes);
  const bool is_whole = bytes.size() == front + block.size;
  const std::uint64_t length = is_whole ? reader.get<std::uint64_t>() : 0;
  const std::uint64_t hash = is_whole ? reader.get<std::uint64_t>() : 0;
  bytes.erase(bytes.begin(), bytes.begin() + std::min<std::ptrdiff_t>(front, std::ssize(bytes)));
  if (!is_whole || length != block.size || block_hash(bytes, seed_) != hash)
    throw UnusableFile(fmt::format("{}: has changed while it was read", path_));
  return bytes;
}

}  // namespace kgon
