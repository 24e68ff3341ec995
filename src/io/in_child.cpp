#include "io/in_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "io/closing_guard.hpp"
#include "io/errors.hpp"
#include "io/raw_file.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
constexpr bool is_sanitized = __has_feature(address_sanitizer);
#else
constexpr bool is_sanitized = false;
#endif

// What a piece of the pipe is.
enum class Piece : std::uint8_t { data, done, wrong_use, unusable, io, memory, other };

constexpr std::size_t message_front = 1 + sizeof(std::uint64_t);  // kind and length
constexpr std::size_t longest_name = 4096;

// Shared with the child; null outside of in_child.
char* file_in_hand = nullptr;

// A page of memory that parent and child see.
class SharedName {
 public:
  SharedName() {
    void* memory =
        mmap(nullptr, longest_name, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("mmap failed");
    before_ = std::exchange(file_in_hand, static_cast<char*>(memory));
  }
  ~SharedName() { munmap(std::exchange(file_in_hand, before_), longest_name); }
  SharedName(const SharedName&) = delete;
  SharedName& operator=(const SharedName&) = delete;

 private:
  char* before_ = nullptr;
};

struct Limits {
  rlim_t memory = 0;   // bytes beyond what the process has now
  rlim_t seconds = 0;  // of the processor
};

// Above what honest files can need, so that only damaged ones meet them.
Limits limits_for(const std::vector<std::string>& files) {
  std::uint64_t bytes = 0;
  for (const std::string& file : files) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (!error) bytes += size;
  }
  constexpr std::uint64_t slowest = 10'000'000;  // bytes a second
  constexpr std::uint64_t most_a_second = 10;    // files
  return {(rlim_t{4} << 30) + 2 * bytes, 60 + bytes / slowest + files.size() / most_a_second};
}

std::optional<rlim_t> memory_in_use() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return std::nullopt;
  unsigned long pages = 0;
  const int read = std::fscanf(file, "%lu", &pages);
  std::fclose(file);
  if (read != 1) return std::nullopt;
  return rlim_t{pages} * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void lower_limit(decltype(RLIMIT_AS) resource, rlim_t value) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur <= value) return;
  limit.rlim_cur = value;
  setrlimit(resource, &limit);
}

void confine(const Limits& limits) {
  lower_limit(RLIMIT_CORE, 0);
  lower_limit(RLIMIT_CPU, limits.seconds);
  // AddressSanitizer reserves terabytes, and tells of a crash on stderr. Otherwise what the C
  // library says of damaged memory is no sentence for users.
  if (is_sanitized) return;
  if (const auto now = memory_in_use()) lower_limit(RLIMIT_AS, *now + limits.memory);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) ::dup2(null, STDERR_FILENO);
}

// False where the other end is gone.
bool write_all(int pipe, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = again_after_signals([&] { return ::write(pipe, at, size); });
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

void write_piece(int pipe, Piece kind, std::span<const std::byte> bytes) {
  std::array<char, message_front> head{static_cast<char>(kind)};
  const std::uint64_t size = bytes.size();
  std::memcpy(head.data() + 1, &size, sizeof size);
  if (!write_all(pipe, head.data(), head.size()) || !write_all(pipe, bytes.data(), bytes.size()))
    ::_exit(1);
}

int own_pipe = -1;  // of a child

void tell_parent(std::string_view sentence) {
  write_piece(own_pipe, Piece::io, std::as_bytes(std::span(sentence)));
}

void write_piece(int pipe, Piece kind, const char* text) {
  write_piece(pipe, kind, std::as_bytes(std::span(text, std::strlen(text))));
}

// Never comes back: neither buffers nor what the parent wants to be done at its end are the
// child's.
[[noreturn]] void run_child(int pipe, pid_t parent, const Limits& limits,
                            const std::function<void(const Deliver&)>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  confine(limits);
  own_pipe = pipe;
  tell_instead(tell_parent);
  try {
    work([pipe](std::span<const std::byte> bytes) { write_piece(pipe, Piece::data, bytes); });
    write_piece(pipe, Piece::done, "");
  } catch (const UsageError& error) {
    write_piece(pipe, Piece::wrong_use, error.what());
  } catch (const UnusableFile& error) {
    write_piece(pipe, Piece::unusable, error.what());
  } catch (const IoError& error) {
    write_piece(pipe, Piece::io, error.what());
  } catch (const std::bad_alloc&) {
    write_piece(pipe, Piece::memory, "");
  } catch (const std::length_error&) {
    write_piece(pipe, Piece::memory, "");
  } catch (const std::exception& error) {
    write_piece(pipe, Piece::other, error.what());
  }
  ::_exit(0);
}

class Child {
 public:
  Child(const Limits& limits, const std::function<void(const Deliver&)>& work) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for a process");
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ == 0) {
      ::close(ends[0]);
      run_child(ends[1], parent, limits, work);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
    if (id_ < 0) {
      ::close(pipe_);
      throw std::runtime_error(fmt::format("no process to read files: {}", std::strerror(errno)));
    }
  }
  ~Child() {
    ::close(pipe_);
    if (id_ > 0) ::kill(id_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // False where the child ended before it had written so much.
  bool read(void* data, std::size_t size) {
    char* at = static_cast<char*>(data);
    while (size > 0) {
      const ssize_t got = again_after_signals([&] { return ::read(pipe_, at, size); });
      if (got <= 0) return false;
      at += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  // How it ended, as of waitpid.
  int wait() {
    if (id_ > 0) again_after_signals([&] { return ::waitpid(id_, &status_, 0); });
    id_ = 0;
    return status_;
  }

 private:
  pid_t id_ = 0;
  int pipe_ = -1;
  int status_ = 0;
};

[[noreturn]] void throw_crash(const std::string& file, int status, const Limits& limits) {
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (signal == SIGXCPU)
    throw UnusableFile(fmt::format("{}: reading it took more than {} s of the processor: damaged?",
                                   file, limits.seconds));
  if (signal == SIGKILL)
    throw IoError(
        fmt::format("{}: the process that read it was killed: is memory short here?", file));
  throw UnusableFile(fmt::format("{}: libnetcdf crashed while reading it{}: damaged?", file,
                                 signal == 0 ? "" : fmt::format(" ({})", strsignal(signal))));
}

[[noreturn]] void throw_again(Piece kind, const std::string& file, const std::string& what) {
  switch (kind) {
    case Piece::wrong_use:
      throw UsageError(what);
    case Piece::unusable:
      throw UnusableFile(what);
    case Piece::io:
      throw IoError(what);
    case Piece::memory:
      throw UnusableFile(
          fmt::format("{}: reading it takes more memory than its size allows: damaged?", file));
    default:
      throw std::runtime_error(what);
  }
}

}  // namespace

void note_file_in_hand(const std::string& path) {
  if (!file_in_hand) return;
  const std::size_t size = std::min(path.size(), longest_name - 1);
  std::memcpy(file_in_hand, path.data(), size);
  file_in_hand[size] = '\0';
}

void in_child(const std::vector<std::string>& files,
              const std::function<void(const Deliver&)>& work,
              const std::function<void(Bytes&&)>& take) {
  const SharedName shared;
  if (!files.empty()) note_file_in_hand(files.front());
  const Limits limits = limits_for(files);
  Child child(limits, work);
  const auto last_file = [] { return std::string(file_in_hand); };
  for (;;) {
    std::array<char, message_front> head{};
    if (!child.read(head.data(), head.size())) throw_crash(last_file(), child.wait(), limits);
    const auto kind = static_cast<Piece>(head[0]);
    std::uint64_t size = 0;
    std::memcpy(&size, head.data() + 1, sizeof size);
    Bytes bytes(size);
    if (!child.read(bytes.data(), bytes.size())) throw_crash(last_file(), child.wait(), limits);
    if (kind == Piece::done) break;
    if (kind == Piece::data) {
      take(std::move(bytes));
      continue;
    }
    throw_again(kind, last_file(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  child.wait();
}

Bytes bytes_from_child(const std::vector<std::string>& files, const std::function<Bytes()>& work) {
  Bytes result;
  in_child(
      files, [&](const Deliver& deliver) { deliver(work()); },
      [&](Bytes&& bytes) { result = std::move(bytes); });
  return result;
}

std::string text_from_child(const std::vector<std::string>& files,
                            const std::function<std::string()>& work) {
  const Bytes bytes = bytes_from_child(files, [&] {
    const std::string text = work();
    const auto span = std::as_bytes(std::span(text));
    return Bytes(span.begin(), span.end());
  });
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace kgon
