// The models of a program that studies are expanded for.
#pragma once

#include <vector>

#include "kgon/engine/train_plan.hpp"

namespace kgon::test {

inline const std::vector<ModelShape> compiled_models{{2, 5}, {2, 6}, {3, 6}};

}  // namespace kgon::test
