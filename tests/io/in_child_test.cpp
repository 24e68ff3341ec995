#include "io/in_child.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/closing_guard.hpp"
#include "io/errors.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

const std::vector<std::string> files{"a.nc", "b.nc"};

#ifdef __SANITIZE_ADDRESS__
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

template <class Error>
std::string message_of(const std::function<void(const Deliver&)>& work) {
  try {
    in_child(files, work, [](Bytes&&) {});
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(InChild, BytesComeInTheirOrderAndSizes) {
  std::vector<std::size_t> sizes;
  in_child(
      files,
      [](const Deliver& deliver) {
        for (const std::size_t size : {0u, 1u, 3000000u, 2u}) deliver(Bytes(size, std::byte{7}));
      },
      [&](Bytes&& bytes) {
        sizes.push_back(bytes.size());
        for (const std::byte byte : bytes) ASSERT_EQ(byte, std::byte{7});
      });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 1, 3000000, 2}));
  EXPECT_EQ(text_from_child(files, [] { return std::string("abc"); }), "abc");
}

TEST(InChild, NothingOfItIsDoneHere) {
  int value = 1;
  in_child(
      files, [&](const Deliver&) { value = 2; }, [](Bytes&&) {});
  EXPECT_EQ(value, 1);
}

TEST(InChild, ACrashAsAFileIsClosedIsAnError) {
  EXPECT_EQ(message_of<IoError>([](const Deliver& deliver) {
              deliver(Bytes(5));
              const ClosingGuard guard("x.nc.part");
              errno = EIO;
              raise(SIGSEGV);
            }),
            "x.nc.part: cannot be closed: Input/output error");
}

TEST(InChild, ErrorsComeOutAsWhatTheyAre) {
  EXPECT_EQ(message_of<UsageError>([](const Deliver&) { throw UsageError("u"); }), "u");
  EXPECT_EQ(message_of<UnusableFile>([](const Deliver&) { throw UnusableFile("f"); }), "f");
  EXPECT_EQ(message_of<IoError>([](const Deliver&) { throw IoError("i"); }), "i");
  EXPECT_EQ(message_of<std::runtime_error>([](const Deliver&) { throw std::logic_error("l"); }),
            "l");
}

TEST(InChild, ACrashIsASentenceWithTheFileInHand) {
  const auto crash = [](int signal) {
    return [signal](const Deliver&) {
      note_file_in_hand("b.nc");
      std::signal(signal, SIG_DFL);
      std::raise(signal);
    };
  };
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE})
    EXPECT_EQ(message_of<UnusableFile>(crash(signal)).find("b.nc: libnetcdf crashed while"), 0u);
  EXPECT_NE(message_of<UnusableFile>(crash(SIGXCPU)).find("of the processor"), std::string::npos);
  EXPECT_NE(message_of<UnusableFile>([](const Deliver&) { ::_exit(0); }).find("a.nc: libnetcdf"),
            std::string::npos);
}

TEST(InChild, MemoryBeyondAllNeedIsRefused) {
  const auto said = message_of<UnusableFile>([](const Deliver&) { throw std::bad_alloc(); });
  EXPECT_NE(said.find("more memory than its size allows"), std::string::npos);
}

TEST(InChild, MemoryAndTimeAreLimited) {
  if (is_sanitized) GTEST_SKIP() << "AddressSanitizer reserves terabytes";
  const auto said = message_of<UnusableFile>([](const Deliver& deliver) {
    const Bytes bytes(std::size_t{16} << 30);
    deliver(std::span(bytes).first(1));
  });
  EXPECT_NE(said.find("more memory than its size allows"), std::string::npos) << said;
  const Bytes limits = bytes_from_child(files, [] {
    rlimit time{}, core{};
    getrlimit(RLIMIT_CPU, &time);
    getrlimit(RLIMIT_CORE, &core);
    ByteWriter writer;
    writer.put(std::uint64_t{time.rlim_cur});
    writer.put(std::uint64_t{core.rlim_cur});
    return writer.take();
  });
  ByteReader reader(limits);
  EXPECT_EQ(reader.get<std::uint64_t>(), 60u);
  EXPECT_EQ(reader.get<std::uint64_t>(), 0u);
}

TEST(InChild, AKilledChildSaysNothingOfTheFile) {
  const auto said = message_of<IoError>([](const Deliver&) { std::raise(SIGKILL); });
  EXPECT_NE(said.find("a.nc: the process that read it was killed"), std::string::npos) << said;
}

TEST(InChild, WhoeverTakesMayThrow) {
  EXPECT_THROW(in_child(
                   files,
                   [](const Deliver& deliver) {
                     for (;;) deliver(Bytes(1000));
                   },
                   [](Bytes&&) { throw UsageError("enough"); }),
               UsageError);
}

}  // namespace
}  // namespace kgon
