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

// HDF5 holds a lock on a file that it writes. File systems without locks count as unlocked.
void create_part(const std::string& part, const std::string& path) {
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) fail(path, fmt::format("{} cannot be made: {}", part, std::strerror(errno)));
  const bool busy = ::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const bool emptied = !busy && ::ftruncate(file, 0) == 0;
  const int error = errno;
  ::close(file);
  if (busy) fail(path, fmt::format("another run is writing {}", part));
  if (!emptied) fail(path, std::strerror(error));
}

}  // namespace

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
  create_part(part_, path_);
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
