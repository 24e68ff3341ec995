// A file of bytes whose every call is checked; calls that a signal ends are made again.
#pragma once

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

#include "engine/byte_stream.hpp"

namespace kgon {

class RawFile {
 public:
  // A new, empty file, or the one that is there, emptied. IoError.
  static RawFile create(const std::string& path);
  // To read and to write at the end. UnusableFile where it cannot be opened.
  static RawFile open(const std::string& path);
  ~RawFile();
  RawFile(RawFile&& other) noexcept;
  RawFile& operator=(RawFile&&) = delete;

  // All of the bytes at that place, or IoError.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // As many bytes as there are, no more than asked for. UnusableFile.
  Bytes read_at(std::uint64_t offset, std::uint64_t size) const;
  std::uint64_t size() const;
  void truncate(std::uint64_t size);  // IoError
  void sync();                        // IoError
  // What close says counts: some file systems report a full disk there. IoError.
  void close();

 private:
  RawFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

// The result of a call that a signal may end before it has done anything.
template <class Call>
auto again_after_signals(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// fsync of a file that others have written and closed, or still write. IoError.
void sync_file(const std::string& path);
// fsync of the directory that `path` lies in. IoError.
void sync_directory_of(const std::string& path);
// Replaces `to`. IoError.
void rename_file(const std::string& from, const std::string& to);

}  // namespace kgon
