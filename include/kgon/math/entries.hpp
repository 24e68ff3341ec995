// Arrays that a functor keeps beside its registers.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon {

// N entries on the stack: the lanes of the CPU back end, and tests.
template <class S, int N>
struct LocalEntries {
  S entry[N];
  KGON_FUNCTION S value(int k) const { return entry[k]; }
  KGON_FUNCTION void set(int k, S x) { entry[k] = x; }
};

// Entry k at base[k * stride]: one thread's column of a device's shared memory.
template <class S>
struct StridedEntries {
  S* base;  // already shifted to this thread
  int stride;
  KGON_FUNCTION S value(int k) const { return base[k * stride]; }
  KGON_FUNCTION void set(int k, S x) { base[k * stride] = x; }
};

// Entries first, first + 1, ... of another such array.
template <class S, class Entries>
struct EntriesFrom {
  Entries& entries;
  int first;
  KGON_FUNCTION S value(int k) const { return entries.value(first + k); }
  KGON_FUNCTION void set(int k, S x) { entries.set(first + k, x); }
};

}  // namespace kgon
