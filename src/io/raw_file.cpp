#include "io/raw_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "io/errors.hpp"

namespace kgon {
namespace {

[[noreturn]] void fail_to_write(const std::string& path, int error) {
  throw IoError(fmt::format("{}: cannot be written: {}", path, std::strerror(error)));
}

[[noreturn]] void fail_to_read(const std::string& path, int error) {
  throw UnusableFile(fmt::format("{}: cannot be read: {}", path, std::strerror(error)));
}

int open_file(const std::string& path, int flags) {
  return again_after_signals([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
}

// path: what a failure names.
void sync_at(const std::string& name, int flags, const std::string& path) {
  const int file = open_file(name, flags);
  if (file < 0) fail_to_write(path, errno);
  const bool synced = again_after_signals([&] { return ::fsync(file); }) == 0;
  const int error = errno;
  ::close(file);
  // Some network file systems cannot sync a directory and say EINVAL; the rename holds all the
  // same.
  if (!synced && error != EINVAL) fail_to_write(path, error);
}

}  // namespace

RawFile RawFile::create(const std::string& path) {
  const int file = open_file(path, O_RDWR | O_CREAT | O_TRUNC);
  if (file < 0) fail_to_write(path, errno);
  return {path, file};
}

RawFile RawFile::open(const std::string& path) {
  const int file = open_file(path, O_RDWR);
  if (file < 0) fail_to_read(path, errno);
  return {path, file};
}

RawFile::RawFile(RawFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

RawFile::~RawFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RawFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = again_after_signals([&] {
      return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    if (written < 0) fail_to_write(path_, errno);
    if (written == 0) fail_to_write(path_, ENOSPC);
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

Bytes RawFile::read_at(std::uint64_t offset, std::uint64_t size) const {
  Bytes bytes(size);
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = again_after_signals([&] {
      return ::pread(descriptor_, bytes.data() + filled, size - filled,
                     static_cast<off_t>(offset + filled));
    });
    if (got < 0) fail_to_read(path_, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::uint64_t RawFile::size() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) fail_to_read(path_, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

void RawFile::truncate(std::uint64_t size) {
  if (again_after_signals([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size)); }) != 0)
    fail_to_write(path_, errno);
}

void RawFile::sync() {
  if (again_after_signals([&] { return ::fsync(descriptor_); }) != 0) fail_to_write(path_, errno);
}

void RawFile::close() {
  // Whatever it says, the descriptor is gone.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail_to_write(path_, errno);
}

void sync_file(const std::string& path) {
  sync_at(path, O_RDONLY, path);
}

void sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  sync_at(directory, O_RDONLY | O_DIRECTORY, path);
}

void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) fail_to_write(to, errno);
}

}  // namespace kgon
