#include "app/output_path.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "io/errors.hpp"
#include "io/part_file.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw UsageError(fmt::format("-o {}: {}", path, why));
}

void check_writable(const std::string& path, const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    refuse(path, fmt::format("there is no directory {}", directory.string()));
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    refuse(path, fmt::format("cannot write to {}: {}", directory.string(), std::strerror(errno)));
}

}  // namespace

void check_output_file(const std::string& path, const std::vector<std::string>& inputs) {
  if (path.empty()) refuse(path, "the name is empty");
  // libnetcdf takes such names for remote data sets.
  if (path.find("://") != std::string::npos) refuse(path, "is a URL, not a file");
  const fs::path directory = fs::path(path).parent_path();
  check_writable(path, directory.empty() ? fs::path(".") : directory);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status))
    refuse(path, "exists and is no regular file");
  for (const std::string& input : inputs)
    if (fs::equivalent(path, input, error))
      refuse(path, fmt::format("would overwrite the input {}", input));
}

void make_output_directory(const std::string& path) {
  if (path.empty()) refuse(path, "the name is empty");
  std::error_code error;
  fs::create_directories(path, error);
  if (error) refuse(path, fmt::format("cannot make the directory: {}", error.message()));
  check_writable(path, path);
}

void write_text_file(const std::string& path, const std::string& text) {
  PartFile file(path, text.size());
  std::FILE* out = std::fopen(file.part().c_str(), "wb");
  if (!out) throw IoError(fmt::format("{}: cannot write: {}", path, std::strerror(errno)));
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (std::fclose(out) != 0 || !written)
    throw IoError(fmt::format("{}: cannot write: {}", path, std::strerror(errno)));
  file.publish();
}

}  // namespace kgon
