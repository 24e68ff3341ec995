#include "io/part_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "io/errors.hpp"
#include "io/short_text.hpp"

namespace kgon {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw IoError(fmt::format("{}: cannot be written: {}", path, what));
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void sync(const std::string& name, int flags, const std::string& path) {
  const int file = ::open(name.c_str(), flags | O_CLOEXEC);
  if (file < 0) fail(path, std::strerror(errno));
  const bool synced = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  // Some network file systems cannot sync a directory and say EINVAL; the rename holds all the
  // same.
  if (!synced && error != EINVAL) fail(path, std::strerror(error));
}

void check_target(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    fail(path, S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file");
  }
}

void check_space(const std::string& path, const std::string& directory, std::uint64_t bytes) {
  struct statvfs space {};
  if (::statvfs(directory.c_str(), &space) != 0) return;
  // File systems without a size, such as /proc, say for themselves what they cannot do.
  if (space.f_blocks == 0) return;
  const std::uint64_t available = std::uint64_t{space.f_bavail} * space.f_frsize;
  if (available >= bytes) return;
  fail(path, fmt::format("it needs up to {} and the disk has {} left",
                         short_bytes(static_cast<double>(bytes)),
                         short_bytes(static_cast<double>(available))));
}

void empty(const std::string& part, const std::string& path) {
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) fail(path, fmt::format("{} cannot be made: {}", part, std::strerror(errno)));
  ::close(file);
}

// Whether the name still is that of the open file.
bool is_named(int file, const std::string& name) {
  struct stat held {};
  struct stat named {};
  return ::fstat(file, &held) == 0 && ::stat(name.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

WriterLock::WriterLock(std::string lock, const std::string& path) : lock_(std::move(lock)) {
  // The one that had it may have removed the file after it was opened here: then the lock is on a
  // file that nobody else will find. Should that go on for ever, the file system cannot tell.
  constexpr int most_tries = 1000;
  for (int tries = 0; tries < most_tries && !is_named(file_, lock_); ++tries) {
    if (file_ >= 0) ::close(file_);
    file_ = ::open(lock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) fail(path, fmt::format("{} cannot be made: {}", lock_, std::strerror(errno)));
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) continue;
    ::close(file_);
    fail(path, fmt::format("another run is writing it, and holds {}", lock_));
  }
}

WriterLock::~WriterLock() {
  // Removed while it is held: the next one to come makes a file of its own.
  ::unlink(lock_.c_str());
  ::close(file_);
}

PartFile::PartFile(std::string path, std::uint64_t bytes)
    : path_(std::move(path)), part_(path_ + ".part"), directory_(directory_of(path_)) {
  if (path_.empty() || path_.back() == '/') fail(path_, "it names no file");
  struct stat info {};
  if (::stat(directory_.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    fail(path_, fmt::format("there is no directory {}", directory_));
  }
  check_target(path_);
  check_target(part_);
  check_space(path_, directory_, bytes);
  lock_.emplace(part_ + ".lock", path_);
  empty(part_, path_);
}

PartFile::~PartFile() {
  if (!published_) ::unlink(part_.c_str());
}

void PartFile::publish() {
  sync(part_, O_RDONLY, path_);
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail(path_, std::strerror(errno));
  published_ = true;
  sync(directory_, O_RDONLY | O_DIRECTORY, path_);
}

}  // namespace kgon
