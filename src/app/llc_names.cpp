#include "app/llc_names.hpp"

#include <fmt/format.h>

namespace kgon {

std::string point_name(const LlcPlan& plan, std::size_t site) {
  const PointOrigin& origin = plan.origins[plan.sites[site].point];
  const std::string& name = plan.names[origin.name];
  if (origin.cell < 0)
    return origin.record < 0 ? name : fmt::format("{} point {}", name, origin.record);
  return fmt::format("{} cell {} trajectory {} record {}", name, origin.cell, origin.trajectory,
                     origin.record);
}

std::string sampler_name(Sampler sampler) {
  switch (sampler) {
    case Sampler::langevin:
      return "langevin";
    case Sampler::mala:
      return "mala";
    case Sampler::hmc:
      return "hmc";
    case Sampler::sgld:
      return "sgld";
  }
  return "";
}

std::string cause_name(MemberStatus cause) {
  return cause == MemberStatus::diverged ? "diverged" : "non_finite";
}

}  // namespace kgon
