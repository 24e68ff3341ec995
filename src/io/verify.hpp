// The last look at a file before it gets its name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kgon {

// Opens a result that was just written and reads the last value of every variable: what a crash
// or a full disk would have spoilt. Every group must have this many members, and cells where
// given. Throws IoError.
void verify_written(const std::string& path, std::optional<std::uint64_t> cells,
                    std::uint64_t members);

}  // namespace kgon
