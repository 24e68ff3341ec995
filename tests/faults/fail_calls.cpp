// A library for LD_PRELOAD that makes one call on the files of a directory fail: what a full,
// broken or remote disk does, at any place. io_faults.py drives it. From the environment:
//   KGON_FAULT_DIRECTORY  files and directories below it, and itself, are watched
//   KGON_FAULT_KIND       see `kinds` below
//   KGON_FAULT_CALL       the number of the call that fails, from 1; 0: none, only count
//   KGON_FAULT_LOG        a file, elsewhere: a line for every call that failed, and at the end
//                         "total N", the number of calls that could have
// Calls are those that change files or make changes durable: opening to write or to sync, writing,
// syncing, closing, renaming, cutting, making, removing and locking. Calls that libc makes by
// itself (fopen, fwrite) do not come through here.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

enum Call : unsigned {
  open_call = 1,
  write_call = 2,
  sync_call = 4,
  close_call = 8,
  rename_call = 16,
  cut_call = 32,
  make_call = 64,
  remove_call = 128,
  lock_call = 256,
  any_call = 511,
};

struct Kind {
  const char* name;
  unsigned calls;  // that can fail in this way
  int error;
  bool writes_half;  // a write has written half of its bytes
  bool fails_on;     // and so do all the calls after it
};
constexpr unsigned may_wait =
    open_call | write_call | sync_call | close_call | cut_call | lock_call;
constexpr unsigned takes_space = open_call | write_call | make_call;
constexpr Kind kinds[] = {
    {"EIO", any_call, EIO, false, false},
    {"ENOSPC", any_call & ~lock_call, ENOSPC, false, false},
    {"EDQUOT", takes_space | sync_call | close_call, EDQUOT, false, false},
    {"EINTR", may_wait, EINTR, false, false},    // once; nothing was done
    {"short", write_call, 0, true, false},       // no error: the rest can be written
    {"torn", write_call, EIO, true, false},      // half of it is there nevertheless
    {"full", takes_space, ENOSPC, false, true},  // and stays so
    {"broken", any_call, EIO, false, true},      // the whole device
};

constexpr std::size_t longest_path = 4096;
constexpr int most_descriptors = 65536;

const Kind* kind = nullptr;
long failing_call = 0;
std::atomic<long>* calls = nullptr;  // shared with the processes that a run forks
char directory[longest_path];
std::array<std::atomic<bool>, most_descriptors> watched;
int log_file = -1;

void log_line(const char* text, long number, const char* path) {
  char line[longest_path + 64];
  const int length = std::snprintf(line, sizeof line, "%s %ld %s\n", text, number, path);
  if (log_file >= 0 && length > 0)
    syscall(SYS_write, log_file, line, static_cast<std::size_t>(length));
}

__attribute__((constructor)) void begin() {
  const char* where = std::getenv("KGON_FAULT_DIRECTORY");
  const char* what = std::getenv("KGON_FAULT_KIND");
  const char* when = std::getenv("KGON_FAULT_CALL");
  const char* log = std::getenv("KGON_FAULT_LOG");
  if (where == nullptr || what == nullptr || when == nullptr) return;
  std::snprintf(directory, sizeof directory, "%s", where);
  failing_call = std::atol(when);
  if (log != nullptr)
    log_file = static_cast<int>(
        syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  void* shared =
      mmap(nullptr, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) std::abort();
  calls = new (shared) std::atomic<long>(0);
  for (const Kind& each : kinds)
    if (std::strcmp(each.name, what) == 0) kind = &each;
}

__attribute__((destructor)) void end() {
  if (kind != nullptr) log_line("total", calls->load(), "");
}

bool is_below(const char* path) {
  const std::size_t length = std::strlen(directory);
  return std::strncmp(path, directory, length) == 0 &&
         (path[length] == '/' || path[length] == '\0');
}

// Whether a path, relative to the working directory or not, is one of those watched.
bool is_watched(const char* path) {
  if (kind == nullptr || path == nullptr) return false;
  if (path[0] == '/') return is_below(path);
  char whole[2 * longest_path];
  if (syscall(SYS_getcwd, whole, longest_path) < 0) return false;
  if (std::strncmp(path, "./", 2) == 0) path += 2;
  const std::size_t length = std::strlen(whole);
  std::snprintf(whole + length, sizeof whole - length, "/%s", path);
  return is_below(whole);
}

bool is_watched(int file) {
  return kind != nullptr && file >= 0 && file < most_descriptors &&
         watched[static_cast<std::size_t>(file)];
}

// Whether this call is to fail.
bool fails(Call call, const char* name, const char* path) {
  if ((kind->calls & call) == 0) return false;
  const long number = ++*calls;
  if (failing_call == 0 || number < failing_call) return false;
  if (number > failing_call && !kind->fails_on) return false;
  log_line(name, number, path);
  return true;
}

bool fails(Call call, const char* name, int file) {
  if ((kind->calls & call) == 0) return false;
  char link[64], path[longest_path] = "";
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const long length =
      syscall(SYS_readlinkat, AT_FDCWD, link, static_cast<char*>(path), sizeof path - 1);
  if (length > 0) path[length] = '\0';
  return fails(call, name, static_cast<const char*>(path));
}

int failed() {
  errno = kind->error;
  return -1;
}

// To write, or to sync it.
bool counts(const char* path, int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_DIRECTORY) != 0 ||
         std::strstr(path, ".part") != nullptr;
}

int open_at(int at, const char* path, int flags, unsigned mode) {
  const bool is_ours = is_watched(path);
  if (is_ours && counts(path, flags) && fails(open_call, "open", path)) return failed();
  const auto file = static_cast<int>(syscall(SYS_openat, at, path, flags, mode));
  if (file >= 0 && file < most_descriptors)
    watched[static_cast<std::size_t>(file)] = is_ours && counts(path, flags);
  return file;
}

// write(bytes) writes that many of them.
template <class Write>
ssize_t written(const char* name, int file, std::size_t size, const Write& write) {
  if (!is_watched(file) || !fails(write_call, name, file)) return write(size);
  if (!kind->writes_half || size < 2) return kind->error == 0 ? write(size) : failed();
  const ssize_t half = write(size / 2);
  return kind->error == 0 ? half : failed();
}

template <class Action>
auto on_file(Call call, const char* name, int file, const Action& action) -> decltype(action()) {
  return is_watched(file) && fails(call, name, file) ? failed() : action();
}

template <class Action>
int on_path(Call call, const char* name, const char* path, const Action& action) {
  return is_watched(path) && fails(call, name, path) ? failed() : static_cast<int>(action());
}

unsigned mode_of(int flags, va_list& arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, unsigned)
                                                                    : 0;
}

}  // namespace

extern "C" {

#define KGON_OPEN(name, at_parameter, at)                   \
  int name(at_parameter const char* path, int flags, ...) { \
    va_list arguments;                                      \
    va_start(arguments, flags);                             \
    const unsigned mode = mode_of(flags, arguments);        \
    va_end(arguments);                                      \
    return open_at(at, path, flags, mode);                  \
  }
#define KGON_AT int directory_file,
KGON_OPEN(open, , AT_FDCWD)
KGON_OPEN(open64, , AT_FDCWD)
KGON_OPEN(openat, KGON_AT, directory_file)
KGON_OPEN(openat64, KGON_AT, directory_file)

int creat(const char* path, mode_t mode) {
  return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) {
  return creat(path, mode);
}

ssize_t write(int file, const void* bytes, std::size_t size) {
  return written("write", file, size,
                 [&](std::size_t count) { return syscall(SYS_write, file, bytes, count); });
}
ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
  return written("pwrite", file, size, [&](std::size_t count) {
    return syscall(SYS_pwrite64, file, bytes, count, offset);
  });
}
ssize_t pwrite64(int file, const void* bytes, std::size_t size, off64_t offset) {
  return pwrite(file, bytes, size, offset);
}
ssize_t writev(int file, const iovec* parts, int count) {
  return written("writev", file, static_cast<std::size_t>(count),
                 [&](std::size_t some) { return syscall(SYS_writev, file, parts, some); });
}

int fsync(int file) {
  return on_file(sync_call, "fsync", file,
                 [&] { return static_cast<int>(syscall(SYS_fsync, file)); });
}
int fdatasync(int file) {
  return on_file(sync_call, "fdatasync", file,
                 [&] { return static_cast<int>(syscall(SYS_fdatasync, file)); });
}
// As Linux does it, the descriptor is gone whatever the call says.
int close(int file) {
  const bool is_failing = is_watched(file) && fails(close_call, "close", file);
  if (file >= 0 && file < most_descriptors) watched[static_cast<std::size_t>(file)] = false;
  const auto result = static_cast<int>(syscall(SYS_close, file));
  return is_failing ? failed() : result;
}
int ftruncate(int file, off_t size) noexcept {
  return on_file(cut_call, "ftruncate", file,
                 [&] { return static_cast<int>(syscall(SYS_ftruncate, file, size)); });
}
int ftruncate64(int file, off64_t size) noexcept {
  return ftruncate(file, size);
}
int flock(int file, int operation) noexcept {
  return on_file(lock_call, "flock", file,
                 [&] { return static_cast<int>(syscall(SYS_flock, file, operation)); });
}

int rename(const char* from, const char* to) noexcept {
  return on_path(rename_call, "rename", to, [&] { return syscall(SYS_rename, from, to); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  return on_path(make_call, "mkdir", path, [&] { return syscall(SYS_mkdir, path, mode); });
}
int unlink(const char* path) noexcept {
  return on_path(remove_call, "unlink", path, [&] { return syscall(SYS_unlink, path); });
}
int remove(const char* path) noexcept {
  return on_path(remove_call, "remove", path, [&] { return syscall(SYS_unlink, path); });
}

}  // extern "C"
