// Whose result a file is: what must be known before another one takes its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/shard.hpp"
#include "io/study.hpp"

namespace kgon {

struct ResultIdentity {
  std::string stage;  // "train", "llc" or "sample"
  std::string study_hash;
  ShardRange members = {};      // of the file
  std::uint64_t total = 0;      // members of the whole study
  std::string study_text = {};  // resolved, as TOML

  // The same members of the same study.
  bool is_same_result(const ResultIdentity& other) const;
};

// Nothing where the file is no result of kgon. Reads it in a process of its own (in_child).
std::optional<ResultIdentity> read_result_identity(const std::string& path);

// What such a file is, for a sentence: "is a NetCDF file, but no kgon result".
std::string describe_foreign_file(const std::string& path);

// Whether two studies agree in every key that results of the table's stage depend on.
bool have_same_settings(const Study& a, const Study& b, std::string_view table);

}  // namespace kgon
