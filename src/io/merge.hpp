// Joins the shards of one study.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kgon {

// The shards are read in a process of its own (in_child), as files of unknown origin.
// Writes the result that the unsharded run would have written (same digest) from its shards, given
// in any order, with bounded memory, of sample with that of all islands but for their draws (see
// merge_sample); replaces `output` only when all is done. Throws UnusableFile, one sentence with
// the files, where the inputs are not exactly the shards of one study: another study, seed, version
// or precision, overlapping or missing members, no kgon result; IoError where the output cannot be
// written. `output` may be one of the inputs.
// `check` is called before every piece of at most 8 MiB; what it throws ends the merge, and nothing
// is left of it.
void merge_results(
    const std::vector<std::string>& inputs, const std::string& output,
    const std::function<void()>& check = [] {});

}  // namespace kgon
