// Cutting an array into pieces of bounded size, in row-major order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "io/netcdf_file.hpp"

namespace kgon {

// Calls visit(slab) for pieces of an array of this shape, each of at most `max_elements` (>= 1)
// values, contiguous in row-major order; together, in that order, they are the whole array.
template <class Visit>
void for_each_slab(const std::vector<std::size_t>& shape, std::size_t max_elements, Visit visit) {
  for (const std::size_t length : shape) {
    if (length == 0) return;
  }
  // Dimensions from `split` + 1 on are taken whole; `split` in steps; those before it one by one.
  std::size_t split = shape.size();
  std::size_t inner = 1;
  while (split > 0 && inner <= max_elements / shape[split - 1]) inner *= shape[--split];
  Slab slab{std::vector<std::size_t>(shape.size(), 0), shape};
  if (split == 0) {
    visit(slab);
    return;
  }
  const std::size_t axis = split - 1;
  const std::size_t step = std::max<std::size_t>(1, max_elements / inner);
  for (std::size_t d = 0; d < axis; ++d) slab.count[d] = 1;
  for (bool more = true; more;) {
    for (std::size_t at = 0; at < shape[axis]; at += step) {
      slab.start[axis] = at;
      slab.count[axis] = std::min(step, shape[axis] - at);
      visit(slab);
    }
    more = false;
    for (std::size_t d = axis; d-- > 0 && !more;) {
      more = ++slab.start[d] < shape[d];
      if (!more) slab.start[d] = 0;
    }
  }
}

}  // namespace kgon
