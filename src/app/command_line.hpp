// argv in, exit status out.
#pragma once

namespace kgon {

// Parses the arguments and runs the subcommand. Never throws.
int run_command_line(int count, const char* const* arguments);

}  // namespace kgon
