// Which samples make a minibatch: an epoch's permutation, or draws with replacement.
#pragma once

#include "kgon/rng/distributions.hpp"
#include "kgon/rng/permutation.hpp"

namespace kgon {

// Four indices at a time: `next(indices)` gives draws 4q..4q+3 of the current step.
//
// Every epoch a fresh permutation of 0..n-1 per lane. Position t of the endless stream of draws is
// position t % n of epoch t / n: a minibatch that does not divide n straddles two epochs, so every
// sample is used equally often.
template <class W>
class ShuffledIndices {
 public:
  // Starts at draw number `draw` = step * batch.
  KGON_FUNCTION ShuffledIndices(const StreamId<W>& stream, const PermutationGrid& grid,
                                std::uint64_t draw)
      : stream_(stream), permutation_{grid, {}} {
    epoch_ = draw / grid.n;
    position_ = static_cast<std::uint32_t>(draw - epoch_ * grid.n);
    row_ = position_ / grid.columns;
    column_ = position_ - row_ * grid.columns;
    permutation_.keys = philox(stream_, Purpose::epoch_permutation, epoch_);
  }

  KGON_FUNCTION void begin_step(std::uint64_t) {}

  // Fills the first `count` (1..4) entries, the rest with 0, and advances by `count` draws.
  KGON_FUNCTION void next(W (&indices)[4], int count) {
    KGON_UNROLL
    for (int g = 0; g < 4; ++g) indices[g] = g < count ? draw() : W(0u);
  }

 private:
  KGON_FUNCTION W draw() {
    if (position_ == permutation_.grid.n) {
      ++epoch_;
      position_ = row_ = column_ = 0;
      permutation_.keys = philox(stream_, Purpose::epoch_permutation, epoch_);
    }
    const W index = permutation_.image(W(row_), W(column_));
    ++position_;
    if (++column_ == permutation_.grid.columns) {
      column_ = 0;
      ++row_;
    }
    return index;
  }

  StreamId<W> stream_;
  Permutation<W> permutation_;
  std::uint64_t epoch_;
  std::uint32_t position_, row_, column_;
};

// Independent uniform indices. Every step starts at a block of its own: block t ceil(batch / 4),
// or t ceil(batch / 8) where a word gives two indices.
template <class W>
class ReplacementIndices {
 public:
  KGON_FUNCTION ReplacementIndices(const StreamId<W>& stream, const IndexLaw& law,
                                   std::uint32_t batch)
      : stream_(stream),
        draw_{law},
        blocks_per_step_(law.paired ? (batch + 7) / 8 : (batch + 3) / 4) {}

  KGON_FUNCTION void begin_step(std::uint64_t step) {
    block_ = step * blocks_per_step_;
    half_used_ = false;
  }

  // All four entries, whatever the count.
  KGON_FUNCTION void next(W (&indices)[4], int) {
    if (draw_.law.paired) {
      if (!half_used_) words_ = philox(stream_, Purpose::minibatch_index, block_);
      const W a = select(half_used_, words_.word[2], words_.word[0]);
      const W b = select(half_used_, words_.word[3], words_.word[1]);
      const std::uint64_t draw = block_ * 4 + (half_used_ ? 2 : 0);
      draw_.two(a, stream_, draw, indices[0], indices[1]);
      draw_.two(b, stream_, draw + 1, indices[2], indices[3]);
      if (half_used_) ++block_;
      half_used_ = !half_used_;
    } else {
      words_ = philox(stream_, Purpose::minibatch_index, block_);
      KGON_UNROLL
      for (int g = 0; g < 4; ++g) {
        draw_.one(words_.word[g], stream_, block_ * 4 + static_cast<std::uint64_t>(g), indices[g]);
      }
      ++block_;
    }
  }

 private:
  StreamId<W> stream_;
  IndexDraw<W> draw_;
  Words4<W> words_;
  std::uint32_t blocks_per_step_;
  std::uint64_t block_ = 0;
  bool half_used_ = false;
};

// The samples behind the indices: sample(index) gives the lanes' samples.
template <class Indices, class Samples>
struct MinibatchDraws {
  Indices indices;
  Samples sample;

  KGON_FUNCTION void begin_step(std::uint64_t step) { indices.begin_step(step); }

  template <class W>
  KGON_FUNCTION void next(W (&samples)[4], int count) {
    W index[4];
    indices.next(index, count);
    KGON_UNROLL
    for (int g = 0; g < 4; ++g) samples[g] = sample(index[g]);
  }
};

}  // namespace kgon
