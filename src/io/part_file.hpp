// A result appears under its name whole or not at all: it grows as FILE.part and is renamed.
#pragma once

#include <cstdint>
#include <string>

namespace kgon {

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
  bool published_ = false;
};

}  // namespace kgon
