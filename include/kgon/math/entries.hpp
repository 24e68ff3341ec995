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

// Entry k at base[k * stride]: one thread's column of a device's shared memory. Volatile, because
// else a device's compiler keeps in registers too what is put there.
template <class S>
struct StridedEntries {
  S* base;  // already shifted to this thread
  int stride;
  KGON_FUNCTION S value(int k) const { return at(k); }
  KGON_FUNCTION void set(int k, S x) { at(k) = x; }

 private:
  KGON_FUNCTION volatile S& at(int k) const { return static_cast<volatile S*>(base)[k * stride]; }
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
