// The only place where a compiler or a side (host, device) is told apart.
#pragma once

#if defined(__CUDACC__)
// Callable on both sides.
#define KGON_FUNCTION __host__ __device__ __forceinline__
#define KGON_UNROLL _Pragma("unroll")
#define KGON_LAMBDA
#else
// Always inlined: the CPU back end compiles one translation unit per instruction set, and an
// out-of-line copy of a shared header function would be merged by the linker across them.
#define KGON_FUNCTION inline __attribute__((always_inline))
#define KGON_LAMBDA __attribute__((always_inline))
#if defined(__clang__)
#define KGON_UNROLL _Pragma("clang loop unroll(full)")
#else
#define KGON_UNROLL _Pragma("GCC unroll 64")
#endif
#endif
