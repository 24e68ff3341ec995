// The crash of libnetcdf where a file cannot be closed becomes a sentence.
#pragma once

#include <csignal>
#include <string>
#include <string_view>

namespace kgon {

// libnetcdf 4.9 asks libhdf5 about what it has freed where a write or close(2) fails as a file is
// closed. While one of these lives (one at a time), that ends the process as an IoError does, after
// "kgon: PATH: cannot be closed: REASON" on stderr, or without "kgon: " to whom tell_instead()
// names. What a killed process leaves, it leaves too.
class ClosingGuard {
 public:
  explicit ClosingGuard(const std::string& path);
  ~ClosingGuard();
  ClosingGuard(const ClosingGuard&) = delete;
  ClosingGuard& operator=(const ClosingGuard&) = delete;

 private:
  struct sigaction old_ {};
};

// For a process without a stderr of its own, before there are guards. Called in a handler of
// signals: `tell` may do what is safe there, and no more.
void tell_instead(void (*tell)(std::string_view sentence));

}  // namespace kgon
