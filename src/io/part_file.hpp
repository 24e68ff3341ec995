// A result appears under its name whole or not at all: it grows as FILE.part and is renamed.
// Whoever writes FILE.part holds a lock on FILE.part.lock from before it is emptied until it has
// its name or is gone, so that of runs that are started twice at the same time one goes on and the
// others are refused, whoever came first. A run that is started when another has ended writes the
// file again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kgon {

// A lock that one process at a time has, and one object within it. File systems without locks count
// as unlocked. What a killed process leaves is a file that nobody holds.
class WriterLock {
 public:
  // Holds `lock`, a file that is made for it, for whoever is to write `path`. IoError where
  // another one holds it.
  WriterLock(std::string lock, const std::string& path);
  // Removes the file.
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  const std::string lock_;
  int file_ = -1;
};

// Free bytes on the disk that holds the directory of `path`, none where the file system cannot say.
std::optional<std::uint64_t> room_beside(const std::string& path);

// Removes the lock that a run left which was killed once its result had its name; nothing where a
// run holds it.
void remove_left_lock(const std::string& path);

class PartFile {
 public:
  // Checks that `path` can become a regular file and that its directory exists, is writable and
  // has `bytes` bytes free, that no other run is writing FILE.part; empties an old one. IoError.
  PartFile(std::string path, std::uint64_t bytes);
  // Removes FILE.part unless publish() has renamed it. FILE itself is never touched.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::string& path() const { return path_; }
  const std::string& part() const { return part_; }

  // fsync(FILE.part), rename to FILE, fsync(directory); the writer has closed FILE.part. IoError.
  void publish();

 private:
  std::string path_, part_, directory_;
  std::optional<WriterLock> lock_;
  bool published_ = false;
};

}  // namespace kgon
