// Output paths are checked before any computing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/result_identity.hpp"

namespace kgon {

// Throws UsageError: "-o PATH: " and why nothing can be written there.
[[noreturn]] void refuse_output(const std::string& path, const std::string& why);

// Throws UsageError unless FILE can be created or replaced: its directory exists and is writable
// and it is no directory itself. Writes nothing.
void check_place(const std::string& path);

// The same for a result, whose name ends in .nc and which is none of `inputs`.
void check_output_file(const std::string& path, const std::vector<std::string>& inputs);

// Throws UsageError where there is a file that a new result must not replace: what is no result of
// kgon stays in any case, and a result that is not `is_same` stays unless `overwrite`.
void check_replacement(const std::string& path, bool overwrite,
                       const std::function<bool(const ResultIdentity&)>& is_same);
// Of stage, study_hash and members of the new result.
void check_replacement(const std::string& path, bool overwrite, const ResultIdentity& result);

// Makes the directory (and those above it) where it is missing. Throws UsageError where it cannot
// be made or written to.
void make_output_directory(const std::string& path);

// Replaces the file at once or not at all. Throws IoError.
void write_text_file(const std::string& path, const std::string& text);

}  // namespace kgon
