// One JSON document on stdout.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kgon {

// Indented, with the end of its line. Bytes of file names that are no UTF-8 become U+FFFD: the
// default is to throw, which would come after the work is done.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kgon
