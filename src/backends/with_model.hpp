// From the shape and the precision of a plan to code that has them as template parameters.
#pragma once

#include <fmt/format.h>

#include <stdexcept>

#include "kgon/engine/train_plan.hpp"

namespace kgon {

// call.operator()<H, C, Real>() for the compiled model of this shape. Throws std::invalid_argument
// where there is none.
template <class Call>
auto with_model(const ModelShape& shape, Precision precision, const Call& call) {
#define KGON_MODEL(h, c)                                                              \
  if (shape == ModelShape{h, c})                                                      \
    return precision == Precision::float64 ? call.template operator()<h, c, double>() \
                                           : call.template operator()<h, c, float>();
#include "kgon_models.inc"
#undef KGON_MODEL
  throw std::invalid_argument(
      fmt::format("hidden = {}, features = {} is not in this build", shape.hidden, shape.features));
}

}  // namespace kgon
