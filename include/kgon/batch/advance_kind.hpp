// Which functor advances which members of a group.
#pragma once

#include <cstddef>

#include "kgon/batch/train_members.hpp"

namespace kgon {

struct AdvanceKind {
  Dataset dataset;
  Batching batching;
  std::uint32_t batch;        // the largest minibatch among the members
  std::size_t scratch_bytes;  // the most that a block may have
};

// Threads of a block, which share its scratch memory.
inline constexpr int advance_threads = 128;
// Above this a buffered minibatch leaves room for too few blocks, and samples are drawn one at a
// time.
inline constexpr std::uint32_t max_buffered_batch = 128;

template <class Slot>
constexpr std::size_t block_scratch_bytes(const AdvanceKind& kind) {
  return Slot::scratch_bytes(kind.batch) * advance_threads;
}

template <class Model, class Real, Dataset Data, Batching Order, class Body>
void with_drawing(const AdvanceKind& kind, const Body& body) {
  using Buffered = AdvanceSlot<Model, Real, Data, Order, Drawing::buffered>;
  if (kind.batch <= max_buffered_batch &&
      block_scratch_bytes<Buffered>(kind) <= kind.scratch_bytes) {
    body.template operator()<Data, Order, Drawing::buffered>();
  } else {
    body.template operator()<Data, Order, Drawing::direct>();
  }
}

// Calls body with <Dataset, Batching, Drawing> of the AdvanceSlot for members of this kind.
template <class Model, class Real, class Body>
void with_advance_slot(const AdvanceKind& kind, const Body& body) {
  const bool shuffle = kind.batching == Batching::shuffle;
  if (kind.dataset == Dataset::population) {
    body.template operator()<Dataset::population, Batching::shuffle, Drawing::direct>();
  } else if (kind.dataset == Dataset::own && shuffle) {
    with_drawing<Model, Real, Dataset::own, Batching::shuffle>(kind, body);
  } else if (kind.dataset == Dataset::own) {
    with_drawing<Model, Real, Dataset::own, Batching::replacement>(kind, body);
  } else if (shuffle) {
    with_drawing<Model, Real, Dataset::shared, Batching::shuffle>(kind, body);
  } else {
    with_drawing<Model, Real, Dataset::shared, Batching::replacement>(kind, body);
  }
}

}  // namespace kgon
