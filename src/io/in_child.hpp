// Reading files of unknown origin in a process of its own: HDF5 crashes on some damaged files, and
// takes all memory or time for others.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/byte_stream.hpp"

namespace kgon {

// Hands bytes from the child to its parent.
using Deliver = std::function<void(std::span<const std::byte>)>;

// Runs work(deliver) in a child process that reads `files`, and here, in the same order,
// take(bytes) for every deliver(bytes) there. What `work` throws is thrown here: UsageError,
// UnusableFile and IoError as what they are, others as std::runtime_error. A child that crashes, or
// takes more memory or processor time than files of that size can need, is an UnusableFile with the
// file that it had opened last.
void in_child(const std::vector<std::string>& files,
              const std::function<void(const Deliver&)>& work,
              const std::function<void(Bytes&&)>& take);

// The same for work with one piece of bytes as its result, and for a text.
Bytes bytes_from_child(const std::vector<std::string>& files, const std::function<Bytes()>& work);
std::string text_from_child(const std::vector<std::string>& files,
                            const std::function<std::string()>& work);

// Called by whoever opens a file, for the sentence about a crash.
void note_file_in_hand(const std::string& path);

}  // namespace kgon
