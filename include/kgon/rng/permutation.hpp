// A fresh permutation of 0..n-1 from four key words, with nothing stored: a keyed bijection.
#pragma once

#include "kgon/rng/philox.hpp"

namespace kgon {

// Sides of a near-square grid with at least n cells; n in 1..2^31.
struct PermutationGrid {
  std::uint32_t n;
  std::uint32_t rows;     // at most ceil(sqrt(n)), below 2^16
  std::uint32_t columns;  // ceil(n / rows), below 2^16
};

// Host: among the grids up to twice as wide as high, the one with the fewest cells too many
// (none for 1000 = 25 x 40), because an index that meets such a cell costs another walk.
KGON_FUNCTION PermutationGrid permutation_grid(std::uint32_t n) {
  std::uint64_t root = 1;
  while (root * root < n) ++root;
  PermutationGrid best{n, static_cast<std::uint32_t>(root), 0};
  std::uint64_t fewest = ~std::uint64_t{0};
  for (std::uint64_t rows = root; rows > 0 && 2 * rows * rows >= n; --rows) {
    const std::uint64_t columns = (n + rows - 1) / rows;
    if (rows * columns - n < fewest && columns < (1u << 16)) {
      fewest = rows * columns - n;
      best = {n, static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(columns)};
    }
  }
  return best;
}

// Generalised Feistel network on rows x columns (Black and Rogaway 2002, method 2) with cycle
// walking: index -> (row, column); each round adds a keyed hash of one coordinate to the other,
// modulo its side; a result >= n goes through again. Six rounds: with four, ordered pairs of images
// are still 5 % off uniform at n = 1000. Each Word lane is its own permutation.
template <class W>
struct Permutation {
  PermutationGrid grid;
  Words4<W> keys;

  // The image of `position`, the same for all lanes, in [0, n).
  KGON_FUNCTION W operator()(std::uint32_t position) const {
    return image(position, position % grid.columns);
  }

  // As above where column = position % columns is known already.
  KGON_FUNCTION W image(std::uint32_t position, std::uint32_t column) const {
    // A row enters by its first position, row * columns, so that nothing is divided or multiplied.
    W offset(position - column), across(column);
    shuffle(offset, across);
    W index = offset + across;
    auto outside = index >= W(grid.n);
    while (any(outside)) {
      W next_offset = offset, next_across = across;
      shuffle(next_offset, next_across);
      offset = select(outside, next_offset, offset);
      across = select(outside, next_across, across);
      index = offset + across;
      outside = index >= W(grid.n);
    }
    return index;
  }

 private:
  KGON_FUNCTION void shuffle(W& offset, W& across) const {
    two_rounds(offset, across, keys.word[0], keys.word[1]);
    two_rounds(offset, across, keys.word[2], keys.word[3]);
    two_rounds(offset, across, keys.word[0] + keys.word[2], keys.word[1] + keys.word[3]);
  }
  KGON_FUNCTION void two_rounds(W& offset, W& across, W row_key, W column_key) const {
    const std::uint32_t cells = grid.rows * grid.columns;
    offset = add_modulo(offset, hash(across ^ row_key, grid.rows) * W(grid.columns), cells);
    across = add_modulo(across, hash(offset ^ column_key, grid.columns), grid.columns);
  }
  // In [0, side), side < 2^16.
  static KGON_FUNCTION W hash(W x, std::uint32_t side) {
    x = x * W(0x9E3779B1u);
    x = x ^ (x >> 15);
    x = x * W(0x85EBCA77u);
    return ((x >> 16) * W(side)) >> 16;
  }
  static KGON_FUNCTION W add_modulo(W a, W b, std::uint32_t side) {
    // Below the side the difference wraps to a huge word.
    const W sum = a + b;
    return minimum(sum, sum - W(side));
  }
};

}  // namespace kgon
