// Which samples make a minibatch: an epoch's permutation, or draws with replacement.
#pragma once

#include <type_traits>

#include "kgon/rng/distributions.hpp"
#include "kgon/rng/permutation.hpp"

namespace kgon {

// Both kinds hand out indices in groups: `next(indices, count)` fills the first `count` of four
// entries. Only the last group of a step may have fewer than four.
//
// Every epoch a fresh permutation of 0..n-1 per lane. Position t of the endless stream of draws is
// position t % n of epoch t / n: a minibatch that does not divide n straddles two epochs, so every
// sample is used equally often. At most 2^32 epochs.
template <class W>
class ShuffledIndices {
 public:
  ShuffledIndices() = default;
  // Starts at draw number `draw` = step * batch.
  KGON_FUNCTION ShuffledIndices(const StreamId<W>& stream, const PermutationGrid& grid,
                                std::uint64_t draw)
      : stream_(stream), permutation_{grid, {}} {
    epoch_ = static_cast<std::uint32_t>(draw / grid.n);
    position_ = static_cast<std::uint32_t>(draw % grid.n);
    column_ = position_ % grid.columns;
    permutation_.keys = philox(stream_, Purpose::epoch_permutation, epoch_);
  }

  KGON_FUNCTION void begin_step() {}

  // Entries from `count` on become 0.
  KGON_FUNCTION void next(W (&indices)[4], int count) {
    KGON_UNROLL
    for (int g = 0; g < 4; ++g) indices[g] = g < count ? draw() : W(0u);
  }

  // A whole step's indices into buffer[k * stride], k < batch.
  KGON_FUNCTION void fill(W* buffer, int stride, std::uint32_t batch) {
    KGON_NO_UNROLL
    for (std::uint32_t k = 0; k < batch; ++k) buffer[static_cast<int>(k) * stride] = draw();
  }

 private:
  KGON_FUNCTION W draw() {
    if (position_ == permutation_.grid.n) {
      ++epoch_;
      position_ = column_ = 0;
      permutation_.keys = philox(stream_, Purpose::epoch_permutation, epoch_);
    }
    // row * columns, the first position of the row, stands for the row.
    const W index = permutation_.image(position_, column_);
    ++position_;
    ++column_;
    if (column_ == permutation_.grid.columns) column_ = 0;
    return index;
  }

  StreamId<W> stream_;
  Permutation<W> permutation_;
  std::uint32_t epoch_, position_, column_;
};

// Independent uniform indices. Every step starts at a block of its own: block t ceil(batch / 4),
// or t ceil(batch / 8) where a word gives two indices.
template <class W>
class ReplacementIndices {
 public:
  ReplacementIndices() = default;
  // Starts at step `step`.
  KGON_FUNCTION ReplacementIndices(const StreamId<W>& stream, const IndexLaw& law,
                                   std::uint32_t batch, std::uint64_t step)
      : stream_(stream), draw_{law}, words_{}, used_(0) {
    const std::uint32_t per_block = law.paired ? 8 : 4;
    block_ = step * ((batch + per_block - 1) / per_block);
  }

  KGON_FUNCTION void begin_step() {
    if (used_ != 0) ++block_;
    used_ = 0;
  }

  // All four entries, whatever the count.
  KGON_FUNCTION void next(W (&indices)[4], int) {
    if (used_ == 0) words_ = philox(stream_, Purpose::minibatch_index, block_);
    const std::uint64_t draw = block_ * 4 + used_;
    if (draw_.law.paired) {
      const bool second_half = used_ != 0;
      const W a = select(second_half, words_.word[2], words_.word[0]);
      const W b = select(second_half, words_.word[3], words_.word[1]);
      draw_(a, stream_, draw, indices[0], indices[1]);
      draw_(b, stream_, draw + 1, indices[2], indices[3]);
      advance(2);
    } else {
      KGON_UNROLL
      for (int g = 0; g < 4; ++g) {
        W none;
        draw_(words_.word[g], stream_, draw + static_cast<std::uint64_t>(g), indices[g], none);
      }
      advance(4);
    }
  }

  // A whole step's indices into buffer[k * stride], k < batch: first the words, then, from the back
  // because a word may give two indices, what they stand for.
  KGON_FUNCTION void fill(W* buffer, int stride, std::uint32_t batch) {
    const bool paired = draw_.law.paired;
    const std::uint32_t words = paired ? (batch + 1) / 2 : batch;
    const std::uint64_t first = block_ * 4;
    KGON_NO_UNROLL
    for (std::uint32_t k = 0; k < words; k += 4) {
      const Words4<W> block =
          philox_compact(stream_, purpose_block(Purpose::minibatch_index, block_++));
      KGON_UNROLL
      for (std::uint32_t g = 0; g < 4; ++g) {
        if (k + g < words) buffer[static_cast<int>(k + g) * stride] = block.word[g];
      }
    }
    KGON_NO_UNROLL
    for (std::uint32_t left = words; left > 0; --left) {
      const std::uint32_t k = left - 1;
      const W word = buffer[static_cast<int>(k) * stride];
      W index, second;
      draw_(word, stream_, first + k, index, second);
      const std::uint32_t at = paired ? 2 * k : k;
      if (paired && at + 1 < batch) buffer[static_cast<int>(at + 1) * stride] = second;
      buffer[static_cast<int>(at) * stride] = index;
    }
  }

 private:
  // Counts the words of the block that are used up.
  KGON_FUNCTION void advance(std::uint32_t words) {
    used_ += words;
    if (used_ == 4) {
      used_ = 0;
      ++block_;
    }
  }

  StreamId<W> stream_;
  IndexDraw<W> draw_;
  Words4<W> words_;
  std::uint64_t block_;
  std::uint32_t used_;  // words of the block
};

// The samples behind the indices: sample(index) gives the lanes' samples.
template <class Indices, class Samples>
struct MinibatchDraws {
  Indices indices;
  Samples sample;

  KGON_FUNCTION void begin_step() { indices.begin_step(); }

  template <class W>
  KGON_FUNCTION void next(W (&samples)[4], int count) {
    W index[4];
    indices.next(index, count);
    KGON_UNROLL
    for (int g = 0; g < 4; ++g) samples[g] = sample(index[g]);
  }
};

// Draws a whole minibatch before the gradient begins, so that the registers of drawing and those of
// the gradient are not needed at the same time: the samples wait in `buffer`, and the state of
// drawing is parked in `parking`. Entry k of either lies at [k * stride].
template <class Indices, class Samples>
class BufferedDraws {
 public:
  static constexpr int index_words = sizeof(Indices) / 4;
  static constexpr int parking_words = index_words + sizeof(Samples) / 4;

  // parking: [parking_words], buffer: [batch] entries.
  KGON_FUNCTION BufferedDraws(const Indices& indices, const Samples& sample, std::uint32_t* parking,
                              std::uint32_t* buffer, int stride, std::uint32_t batch)
      : parking_(parking), buffer_(buffer), stride_(stride), batch_(batch) {
    park(indices, 0);
    park(sample, index_words);
  }

  // First all indices, then all samples.
  KGON_FUNCTION void begin_step() {
    Indices indices = unpark<Indices>(0);
    indices.begin_step();
    indices.fill(buffer_, stride_, batch_);
    park(indices, 0);
    Samples sample = unpark<Samples>(index_words);
    KGON_NO_UNROLL
    for (std::uint32_t k = 0; k < batch_; ++k) {
      std::uint32_t& entry = buffer_[static_cast<int>(k) * stride_];
      entry = sample(entry);
    }
    used_ = 0;
  }

  KGON_FUNCTION void next(std::uint32_t (&samples)[1], int) {
    samples[0] = buffer_[used_];
    used_ += stride_;
  }

 private:
  template <class T>
  KGON_FUNCTION void park(const T& object, int first) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);
    std::uint32_t words[sizeof(T) / 4];
    memcpy(words, &object, sizeof(T));
    KGON_UNROLL
    for (int k = 0; k < static_cast<int>(sizeof(T) / 4); ++k) {
      parking_[(first + k) * stride_] = words[k];
    }
  }
  template <class T>
  KGON_FUNCTION T unpark(int first) const {
    std::uint32_t words[sizeof(T) / 4];
    KGON_UNROLL
    for (int k = 0; k < static_cast<int>(sizeof(T) / 4); ++k) {
      words[k] = parking_[(first + k) * stride_];
    }
    T object;
    memcpy(&object, words, sizeof(T));
    return object;
  }

  std::uint32_t* parking_;
  std::uint32_t* buffer_;
  int stride_;
  std::uint32_t batch_;
  int used_ = 0;
};

}  // namespace kgon
