#include "app/output_path.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include "io/part_file.hpp"
#include "io/raw_file.hpp"
#include "io/result_metadata.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

namespace fs = std::filesystem;

void check_writable(const std::string& path, const fs::path& directory) {
  check_source_date();
  std::error_code error;
  if (!fs::is_directory(directory, error))
    refuse_output(path, fmt::format("there is no directory {}", directory.string()));
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    refuse_output(path,
                  fmt::format("cannot write to {}: {}", directory.string(), std::strerror(errno)));
}

}  // namespace

void refuse_output(const std::string& path, const std::string& why) {
  throw UsageError(fmt::format("-o {}: {}", path, why));
}

void check_place(const std::string& path) {
  if (path.empty()) refuse_output(path, "the name is empty");
  const fs::path directory = fs::path(path).parent_path();
  check_writable(path, directory.empty() ? fs::path(".") : directory);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) refuse_output(path, "is a directory; a file is meant");
  if (fs::exists(status) && !fs::is_regular_file(status))
    refuse_output(path, "exists and is no regular file");
}

void check_output_file(const std::string& path, const std::vector<std::string>& inputs) {
  // libnetcdf takes such names for remote data sets.
  if (path.find("://") != std::string::npos) refuse_output(path, "is a URL, not a file");
  check_place(path);
  std::error_code error;
  for (const std::string& input : inputs)
    if (fs::equivalent(path, input, error))
      refuse_output(path, fmt::format("would overwrite the input {}", input));
  // Keys that take files know them by this ending.
  if (!path.ends_with(".nc")) refuse_output(path, "the name of a result ends in .nc");
}

void check_replacement(const std::string& path, bool overwrite,
                       const std::function<bool(const ResultIdentity&)>& is_same) {
  std::error_code error;
  if (!fs::exists(path, error)) return;
  const auto earlier = read_result_identity(path);
  if (!earlier)
    refuse_output(path, fmt::format("exists and {}; take another name or remove it",
                                    describe_foreign_file(path)));
  if (overwrite || is_same(*earlier)) return;
  refuse_output(path, fmt::format("exists and holds the {} result of another study or of other "
                                  "members; take another name or give --overwrite",
                                  earlier->stage));
}

void check_replacement(const std::string& path, bool overwrite, const ResultIdentity& result) {
  check_replacement(path, overwrite, [&result](const ResultIdentity& earlier) {
    return earlier.is_same_result(result);
  });
}

void make_output_directory(const std::string& path) {
  if (path.empty()) refuse_output(path, "the name is empty");
  std::error_code error;
  if (path.ends_with(".nc") && !fs::is_directory(path, error))
    refuse_output(path,
                  "kgon run writes several files into a directory: give it a name without .nc");
  fs::create_directories(path, error);
  if (error) refuse_output(path, fmt::format("cannot make the directory: {}", error.message()));
  check_writable(path, path);
}

void write_text_file(const std::string& path, const std::string& text) {
  PartFile file(path, text.size());
  RawFile out = RawFile::create(file.part());
  out.write_at(0, std::as_bytes(std::span(text)));
  out.close();
  file.publish();
}

}  // namespace kgon
