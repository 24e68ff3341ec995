// A first look at result files of unknown origin.
#pragma once

#include <string>
#include <vector>

namespace kgon {

// Opens the files in a process of its own (in_child) and reads everything in which HDF5 can lose
// its way: names, shapes, attributes, texts, whatever is stored in chunks, and the first and last
// value of every other variable. UnusableFile where that crashes or takes more than a sound file
// can need. A file that is refused is none of its business: whoever reads it next says so.
void try_reading(const std::vector<std::string>& files);

}  // namespace kgon
