// From arrays with the member innermost to arrays member by member.
#pragma once

#include <algorithm>
#include <cstddef>

namespace kgon::batches {

// from: [rows, columns], to: [columns, rows]. Tile by tile, so that both stay in the cache.
template <class T, class U>
void transpose(const T* from, std::size_t rows, std::size_t columns, U* to) {
  constexpr std::size_t tile = 32;
  for (std::size_t r0 = 0; r0 < rows; r0 += tile) {
    const std::size_t r1 = std::min(r0 + tile, rows);
    for (std::size_t c0 = 0; c0 < columns; c0 += tile) {
      const std::size_t c1 = std::min(c0 + tile, columns);
      for (std::size_t c = c0; c < c1; ++c) {
        for (std::size_t r = r0; r < r1; ++r) {
          to[c * rows + r] = static_cast<U>(from[r * columns + c]);
        }
      }
    }
  }
}

}  // namespace kgon::batches
