// Vectors that a chain keeps in memory, between those of its neighbours.
#pragma once

#include <cstdint>

#include "kgon/math/scalar.hpp"

namespace kgon {

// Rows of P entries, those of neighbouring chains side by side.
template <class Real, int P>
struct ChainColumns {
  Real* base;  // already shifted to the chain
  std::uint64_t stride;

  KGON_FUNCTION Real* at(int row, int p) const {
    return base + static_cast<std::uint64_t>(row * P + p) * stride;
  }
  KGON_FUNCTION Real value(int row, int p) const { return *at(row, p); }
  KGON_FUNCTION void set(int row, int p, Real x) const { *at(row, p) = x; }
};

// Entry k of the chain in lane l, for packs of S; on a device a thread's column of shared memory.
template <class S>
struct LaneEntries {
  RealOf<S>* base;  // already shifted to this thread
  int stride;       // of entries, in packs

  static constexpr int L = ScalarTraits<S>::lanes;
  KGON_FUNCTION S value(int k) const { return load_lanes<S>(base + k * stride * L); }
  KGON_FUNCTION void set(int k, S x) const { store_lanes(x, base + k * stride * L); }
};

}  // namespace kgon
