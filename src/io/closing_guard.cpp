#include "io/closing_guard.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "io/errors.hpp"

namespace kgon {
namespace {

// Ready before a signal comes, with room for the reason: a handler may not allocate.
std::string sentence;
constexpr std::size_t longest_reason = 256;

void tell_stderr(std::string_view text) {
  for (const std::string_view part : {std::string_view("kgon: "), text, std::string_view("\n")}) {
    // Nobody is left to be told of a failure.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, part.data(), part.size());
  }
}

void (*tell_last)(std::string_view) = tell_stderr;

void handle(int) {
  const char* known = strerrordesc_np(errno);
  const std::string_view reason = known == nullptr ? "an error of libhdf5" : known;
  sentence.append(reason.substr(0, longest_reason));
  tell_last(sentence);
  ::_exit(IoError::exit_code);
}

}  // namespace

void tell_instead(void (*tell)(std::string_view sentence)) {
  tell_last = tell;
}

ClosingGuard::ClosingGuard(const std::string& path) {
  sentence = fmt::format("{}: cannot be closed: ", path);
  sentence.reserve(sentence.size() + longest_reason);
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &old_);
}

ClosingGuard::~ClosingGuard() {
  sigaction(SIGSEGV, &old_, nullptr);
}

}  // namespace kgon
