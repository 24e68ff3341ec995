#include "io/part_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "io/errors.hpp"
#include "io/raw_file.hpp"
#include "io/short_text.hpp"

namespace kgon {
namespace {

constexpr char lock_ending[] = ".part.lock";

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw IoError(fmt::format("{}: cannot be written: {}", path, what));
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void check_target(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    fail(path, S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file");
  }
}

void check_room(const std::string& path, std::uint64_t bytes) {
  const auto room = room_beside(path);
  if (!room || *room >= bytes) return;
  fail(path, fmt::format("it needs up to {} and the disk has {} left",
                         short_bytes(static_cast<double>(bytes)),
                         short_bytes(static_cast<double>(*room))));
}

int make_file(const std::string& name, int flags, const std::string& path) {
  const int file =
      again_after_signals([&] { return ::open(name.c_str(), flags | O_CREAT | O_CLOEXEC, 0666); });
  if (file < 0) fail(path, fmt::format("{} cannot be made: {}", name, std::strerror(errno)));
  return file;
}

// Whether the name still is that of the open file.
bool is_named(int file, const std::string& name) {
  struct stat held {};
  struct stat named {};
  return ::fstat(file, &held) == 0 && ::stat(name.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

std::optional<std::uint64_t> room_beside(const std::string& path) {
  struct statvfs space {};
  if (::statvfs(directory_of(path).c_str(), &space) != 0) return std::nullopt;
  // File systems without a size, such as /proc, say for themselves what they cannot do.
  if (space.f_blocks == 0) return std::nullopt;
  return std::uint64_t{space.f_bavail} * space.f_frsize;
}

WriterLock::WriterLock(std::string lock, const std::string& path) : lock_(std::move(lock)) {
  // The one that had it may have removed the file after it was opened here: then the lock is on a
  // file that nobody else will find. Should that go on for ever, the file system cannot tell.
  constexpr int most_tries = 1000;
  for (int tries = 0; tries < most_tries && !is_named(file_, lock_); ++tries) {
    if (file_ >= 0) ::close(file_);
    file_ = make_file(lock_, O_RDWR, path);
    const auto take = [&] { return ::flock(file_, LOCK_EX | LOCK_NB); };
    if (again_after_signals(take) == 0) continue;
    const int why = errno;
    ::close(file_);
    if (why == EWOULDBLOCK)
      fail(path, fmt::format("another run is writing it, and holds {}", lock_));
    // Without a lock two runs could write the same files.
    fail(path, fmt::format("{} cannot be locked: {}; the file system has to support flock", lock_,
                           std::strerror(why)));
  }
}

WriterLock::~WriterLock() {
  // Removed while it is held: the next one to come makes a file of its own.
  ::unlink(lock_.c_str());
  ::close(file_);
}

void remove_left_lock(const std::string& path) {
  const std::string lock = path + lock_ending;
  if (::access(lock.c_str(), F_OK) != 0) return;
  try {
    const WriterLock taken(lock, path);
  } catch (const IoError&) {
    // It is somebody's.
  }
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
  check_room(path_, bytes);
  lock_.emplace(path_ + lock_ending, path_);
  ::close(make_file(part_, O_WRONLY | O_TRUNC, path_));
}

PartFile::~PartFile() {
  if (!published_) ::unlink(part_.c_str());
}

void PartFile::publish() {
  sync_file(part_);
  rename_file(part_, path_);
  published_ = true;
  sync_directory_of(path_);
}

}  // namespace kgon
