// Runs the program as a shell would, in an empty directory of its own.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace kgon::test {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

struct Result {
  int status = -1;
  std::string out, err;
};

inline std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Each test has an empty directory of its own, which is the program's working directory.
class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "kgon_cli_XXXXXX";
    base_ = mkdtemp(pattern.data());
    work_ = base_ / "work";
    fs::create_directory(work_);
  }
  void TearDown() override { fs::remove_all(base_); }

  // `prepare` runs in the child, after its stdout and stderr have become files.
  pid_t start(const Arguments& arguments, const std::function<void()>& prepare = {}) const {
    std::vector<std::string> words{program_};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string out = base_ / "out", err = base_ / "err";
    const pid_t child = fork();
    if (child != 0) return child;
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    const bool ready = chdir(work_.c_str()) == 0 && dup2(open(out.c_str(), flags, 0600), 1) == 1 &&
                       dup2(open(err.c_str(), flags, 0600), 2) == 2;
    if (prepare) prepare();
    if (ready) execv(argv[0], argv.data());
    _exit(127);
  }

  // A signal counts as 128 + its number.
  Result finish(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            read_file(base_ / "out"), read_file(base_ / "err")};
  }

  Result run(const Arguments& arguments, const std::function<void()>& prepare = {}) const {
    return finish(start(arguments, prepare));
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(work_ / name) << text;
  }

  bool is_empty() const { return fs::is_empty(work_); }

  fs::path base_, work_;
  std::string program_ = KGON_PROGRAM;
};

// Small enough for a debug build.
inline Arguments small_train(const Arguments& more) {
  Arguments all{"train", "--device",  "cpu", "--trajectories", "20", "--epochs", "4", "--samples",
                "100",   "--records", "5",   "--threads",      "1"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace kgon::test
