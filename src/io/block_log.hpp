// FILE.nc.blocks: the finished blocks of a run, one after the other, each with a hash of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/checkpoint_header.hpp"
#include "io/raw_file.hpp"

namespace kgon {

// A block in the file.
struct StoredBlock {
  std::uint64_t offset = 0;  // of its bytes, behind length and hash
  std::uint64_t size = 0;
};

// Not thread-safe. What is at the end of the file and not whole (the writer was killed) is cut off:
// it is computed again.
class BlockLog {
 public:
  // Nothing is written before the first sync(), or 8 MiB of blocks.
  BlockLog(std::string path, const CheckpointIdentity& identity);

  // Opens the file that is there and calls visit(block, bytes) for every whole block, in the order
  // of the file; `visit` may throw DamagedBytes for bytes that it cannot read, which ends the file
  // there. UnusableFile for a file that is not a log at all.
  static BlockLog open(
      std::string path,
      const std::function<void(const StoredBlock&, std::span<const std::byte>)>& visit);

  // Of the log at `path`. UnusableFile.
  static CheckpointIdentity identity_in(const std::string& path);
  // Makes the log at `path` one of `identity`, with all of its whole blocks. IoError; then the log
  // is as it was. UnusableFile.
  static void move_to(const std::string& path, const CheckpointIdentity& identity);

  // Bytes of header and whole blocks.
  std::uint64_t size() const { return end_ + waiting_.size(); }

  // IoError; then the block is not in the log, and the log is as it was.
  void append(std::span<const std::byte> block);
  // Everything so far is on the disk. IoError; the next call then writes the log into a new file:
  // after a failed fsync nobody knows what of the old one is.
  void sync();
  // The bytes of a block that `visit` was called with. UnusableFile where they have changed.
  Bytes read(const StoredBlock& block) const;

 private:
  BlockLog(std::string path, const CheckpointIdentity& identity, std::uint64_t seed)
      : path_(std::move(path)), identity_(identity), seed_(seed) {}
  void create_file();
  void write_waiting();
  void write_anew();

  std::string path_;
  CheckpointIdentity identity_;
  std::uint64_t seed_ = 0;
  std::optional<RawFile> file_;
  std::uint64_t end_ = 0;  // of what is in the file and whole
  Bytes waiting_;          // goes behind it
  bool is_doubtful_ = false;
};

}  // namespace kgon
