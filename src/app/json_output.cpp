#include "app/json_output.hpp"

namespace kgon {

void put_run(nlohmann::ordered_json& json, const std::string& device, double wall_seconds,
             double steps_per_second, const std::string& study_hash, const std::string& path) {
  json["device"] = device;
  json["wall_seconds"] = wall_seconds;
  json["steps_per_s"] = steps_per_second;
  json["study_hash"] = study_hash;
  json["version"] = KGON_VERSION;
  json["file"] = path;
}

}  // namespace kgon
