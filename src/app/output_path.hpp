// Output paths are checked before any computing.
#pragma once

#include <string>
#include <vector>

namespace kgon {

// Throws UsageError unless FILE can be created or replaced: its directory exists and is writable,
// it is no directory itself and none of `inputs`. Writes nothing.
void check_output_file(const std::string& path, const std::vector<std::string>& inputs);

// Makes the directory (and those above it) where it is missing. Throws UsageError where it cannot
// be made or written to.
void make_output_directory(const std::string& path);

// Replaces the file at once or not at all. Throws IoError.
void write_text_file(const std::string& path, const std::string& text);

}  // namespace kgon
