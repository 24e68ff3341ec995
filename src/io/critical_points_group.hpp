// The group `critical_points` of every result: the catalogue behind the labels of its phases.
#pragma once

#include <memory>

#include "io/group_definition.hpp"

namespace kgon {

// Defines the group, whose finish() is left to the caller, so that it may define others first.
// Nothing where the model has no catalogue. The group is derived. IoError.
//
// Dimensions: level (the points in ascending loss), hidden, feature. `lambda` is NaN where the
// theory gives none.
std::unique_ptr<GroupDefinition> define_critical_points(NetcdfFile& file, const ModelShape& shape);

}  // namespace kgon
