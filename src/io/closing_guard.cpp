#include "io/closing_guard.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "io/errors.hpp"

namespace kgon {
namespace {

std::string sentence;  // ready before a signal comes: a handler may not make one

void say(std::string_view text) {
  // Nobody is left to be told of a failure.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

void handle(int) {
  const char* reason = strerrordesc_np(errno);
  say(sentence);
  say(reason == nullptr ? "an error of libhdf5" : reason);
  say("\n");
  ::_exit(IoError::exit_code);
}

}  // namespace

ClosingGuard::ClosingGuard(const std::string& path) {
  sentence = fmt::format("kgon: {}: cannot be closed: ", path);
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &old_);
}

ClosingGuard::~ClosingGuard() {
  sigaction(SIGSEGV, &old_, nullptr);
}

}  // namespace kgon
