// Which build of the program this is.
#pragma once

#include <string>

namespace kgon {

// 40 hexadecimal digits that the linker makes of the program's code and data (its GNU build id);
// the version where it made none. Two builds with equal ones compute the same bits.
std::string program_build();

}  // namespace kgon
