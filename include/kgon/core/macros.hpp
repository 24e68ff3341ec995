// The only place where a compiler or a side (host, device) is told apart.
#pragma once

#if defined(__CUDACC__)
// Callable on both sides.
#define KGON_FUNCTION __host__ __device__ __forceinline__
#define KGON_UNROLL _Pragma("unroll")
#define KGON_NO_UNROLL _Pragma("unroll 1")
#define KGON_UNROLL_BY_FIVE _Pragma("unroll 5")
// Loops over arrays that a device keeps outside of its registers: unrolled whole, the loads of all
// entries would be under way at once and push everything else out.
#define KGON_UNROLL_IN_PART _Pragma("unroll 3")
#define KGON_NO_UNROLL_ON_DEVICE _Pragma("unroll 1")
// On a device `turns` at a time, a constant; whole on the host.
#define KGON_DEVICE_UNROLL(turns) KGON_PRAGMA(unroll(turns))
// The same, and on the host what the compiler thinks best.
#define KGON_UNROLL_ON_DEVICE_BY(turns) KGON_PRAGMA(unroll(turns))
#define KGON_PRAGMA(text) _Pragma(#text)
// For loops that are rare on the host, where the code of all turns would be long.
#define KGON_UNROLL_ON_DEVICE KGON_UNROLL
#define KGON_LAMBDA
#define KGON_ONE_COPY static __host__ __device__ __forceinline__
// Makes the compiler forget where a register's value came from: without it the ten round keys of
// Philox are kept in registers across a loop, because each could be computed before it.
#if defined(__CUDA_ARCH__)
#define KGON_FORGET(word) asm volatile("" : "+r"(word))
#define KGON_SETTLE(kind, x) asm volatile("" : kind(x))
#define KGON_QUICK_QUOTIENT(a, b) __fdividef(a, b)
#else
#define KGON_FORGET(word) static_cast<void>(word)
#define KGON_SETTLE(kind, x) static_cast<void>(x)
#define KGON_QUICK_QUOTIENT(a, b) ((a) / (b))
#endif
#else
#define KGON_SETTLE(kind, x) static_cast<void>(x)
#define KGON_QUICK_QUOTIENT(a, b) ((a) / (b))
// Always inlined: the CPU back end compiles one translation unit per instruction set, and an
// out-of-line copy of a shared header function would be merged by the linker across them.
#define KGON_FUNCTION inline __attribute__((always_inline))
#define KGON_LAMBDA __attribute__((always_inline))
// One copy in each translation unit, called: for long code that several loops share. Of internal
// linkage for the same reason.
#define KGON_ONE_COPY static __attribute__((noinline, noclone))
#define KGON_FORGET(word) static_cast<void>(word)
#define KGON_NO_UNROLL_ON_DEVICE
#define KGON_UNROLL_ON_DEVICE_BY(turns)
#define KGON_UNROLL_ON_DEVICE KGON_NO_UNROLL
#define KGON_UNROLL_IN_PART KGON_UNROLL
#define KGON_DEVICE_UNROLL(turns) KGON_UNROLL
#if defined(__clang__)
#define KGON_UNROLL _Pragma("clang loop unroll(full)")
#define KGON_NO_UNROLL _Pragma("clang loop unroll(disable)")
#define KGON_UNROLL_BY_FIVE _Pragma("clang loop unroll_count(5)")
#else
#define KGON_UNROLL _Pragma("GCC unroll 64")
#define KGON_NO_UNROLL _Pragma("GCC unroll 1")
#define KGON_UNROLL_BY_FIVE _Pragma("GCC unroll 5")
#endif
#endif
