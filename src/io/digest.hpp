// A canonical hash of the arrays of a result file.
#pragma once

#include <string>

namespace kgon {

// Attribute, 1, of a group that the digest leaves out: its values are functions of the study and of
// what is in the other groups.
inline constexpr const char* derived_mark = "derived";

// XXH3-128, 32 hexadecimal digits, over all groups but derived ones and their variables in the
// order of their names: name, type, dimensions (names and lengths), then the values in row-major
// order, little endian, every NaN alike. Attributes do not enter (time, device, command and version
// vary), nor does the path of a file in `init`, so equal science has equal digests whatever the
// threads, instructions, devices, storage or shards. Memory: a few MiB. Throws UnusableFile for a
// missing, truncated or foreign file.
std::string result_digest(const std::string& path);

// The same of a file that this process has not written itself, read in a process of its own.
std::string foreign_digest(const std::string& path);

}  // namespace kgon
