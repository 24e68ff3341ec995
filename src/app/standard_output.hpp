// Everything that goes to stdout.
#pragma once

#include <string>

namespace kgon {

// Writes `text` and flushes. Throws std::runtime_error, one sentence, where it cannot be written: a
// reader of our output must not take half of it for the whole.
void print_out(const std::string& text);

}  // namespace kgon
