// The vector registers under `Pack`: compiler vectors, and intrinsics where the compiler does not
// find the instruction by itself. The instruction set is the one this file is compiled for.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <type_traits>

#include "kgon/core/macros.hpp"

namespace kgon::native {

template <class T, int L>
struct VectorType {
  typedef T type __attribute__((vector_size(sizeof(T) * L)));
};
template <class T, int L>
using Vector = typename VectorType<T, L>::type;

// What comparing two T gives per lane.
template <class T>
using MaskElement = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

template <class V>
inline constexpr int lanes_of = sizeof(V) / sizeof(std::declval<V>()[0]);

// The same value in every lane; written out because the compiler makes a broadcast of a braced
// list, and single insertions of a loop.
template <class V, class T>
KGON_FUNCTION V broadcast(T x) {
  constexpr int L = lanes_of<V>;
  if constexpr (L == 2) return V{x, x};
  if constexpr (L == 4) return V{x, x, x, x};
  if constexpr (L == 8) return V{x, x, x, x, x, x, x, x};
  if constexpr (L == 16) return V{x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}

// A vector that takes more than one register.
template <class V>
struct Halves {
  using Element = std::remove_cvref_t<decltype(std::declval<V>()[0])>;
  using Half = Vector<Element, lanes_of<V> / 2>;
  Half low, high;
};
template <class V>
KGON_FUNCTION Halves<V> halves(V v) {
  return __builtin_bit_cast(Halves<V>, v);
}
template <class V>
KGON_FUNCTION V joined(typename Halves<V>::Half low, typename Halves<V>::Half high) {
  return __builtin_bit_cast(V, (Halves<V>{low, high}));
}

KGON_FUNCTION float fused_lane(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
KGON_FUNCTION double fused_lane(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}
// Of 16 bytes, for processors without the instruction: a call of the C library for every lane.
template <class V>
KGON_ONE_COPY V fused_by_lanes(V a, V b, V c) {
  const auto lane = [&](int l) KGON_LAMBDA { return fused_lane(a[l], b[l], c[l]); };
  if constexpr (lanes_of<V> == 2) return V{lane(0), lane(1)};
  if constexpr (lanes_of<V> == 4) return V{lane(0), lane(1), lane(2), lane(3)};
}

template <class V>
KGON_FUNCTION V fused(V a, V b, V c) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<V, Vector<float, 16>>) return (V)_mm512_fmadd_ps(a, b, c);
  if constexpr (std::is_same_v<V, Vector<double, 8>>) return (V)_mm512_fmadd_pd(a, b, c);
#endif
#if defined(__FMA__)
  if constexpr (std::is_same_v<V, Vector<float, 8>>) return (V)_mm256_fmadd_ps(a, b, c);
  if constexpr (std::is_same_v<V, Vector<double, 4>>) return (V)_mm256_fmadd_pd(a, b, c);
  if constexpr (std::is_same_v<V, Vector<float, 4>>) return (V)_mm_fmadd_ps(a, b, c);
  if constexpr (std::is_same_v<V, Vector<double, 2>>) return (V)_mm_fmadd_pd(a, b, c);
#endif
  if constexpr (sizeof(V) > 16) {
    const Halves<V> x = halves(a), y = halves(b), z = halves(c);
    return joined<V>(fused(x.low, y.low, z.low), fused(x.high, y.high, z.high));
  } else {
    return fused_by_lanes(a, b, c);
  }
}

template <class V>
KGON_FUNCTION V square_root(V x) {
  V r{};
  KGON_UNROLL
  for (int l = 0; l < lanes_of<V>; ++l) {
    if constexpr (sizeof(x[0]) == 4) {
      r[l] = __builtin_sqrtf(x[l]);
    } else {
      r[l] = __builtin_sqrt(x[l]);
    }
  }
  return r;
}

template <class V>
KGON_FUNCTION bool any(V mask) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64) return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(V) == 32) return _mm256_movemask_epi8((__m256i)mask) != 0;
#endif
  if constexpr (sizeof(V) == 16) return _mm_movemask_epi8((__m128i)mask) != 0;
  bool found = false;
  for (int l = 0; l < lanes_of<V>; ++l) found = found || mask[l] != 0;
  return found;
}

// Low and high halves of the products of every lane with one number: the even and the odd lanes
// are multiplied apart, because the instruction reads every other lane.
template <class V>
KGON_FUNCTION void multiply_wide(V a, std::uint32_t factor, V& low, V& high) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64) {
    const __m512i x = (__m512i)a, y = _mm512_set1_epi64(factor);
    const __m512i even = _mm512_mul_epu32(x, y);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), y);
    low = (V)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
    high = (V)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
    return;
  }
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(V) == 32) {
    const __m256i x = (__m256i)a, y = _mm256_set1_epi64x(factor);
    const __m256i even = _mm256_mul_epu32(x, y);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), y);
    low = (V)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    high = (V)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    return;
  }
#endif
  if constexpr (sizeof(V) == 16) {
    const __m128i x = (__m128i)a, y = _mm_set1_epi64x(factor);
    const __m128i even = _mm_mul_epu32(x, y);
    const __m128i odd = _mm_mul_epu32(_mm_srli_epi64(x, 32), y);
    const __m128i upper = _mm_set_epi32(-1, 0, -1, 0);
    low = (V)_mm_or_si128(_mm_andnot_si128(upper, even), _mm_slli_epi64(odd, 32));
    high = (V)_mm_or_si128(_mm_srli_epi64(even, 32), _mm_and_si128(upper, odd));
    return;
  }
  for (int l = 0; l < lanes_of<V>; ++l) {
    const std::uint64_t product = static_cast<std::uint64_t>(a[l]) * factor;
    low[l] = static_cast<std::uint32_t>(product);
    high[l] = static_cast<std::uint32_t>(product >> 32);
  }
}

template <class T, class Index>
KGON_FUNCTION Vector<T, lanes_of<Index>> gather(const T* base, Index index) {
  constexpr int L = lanes_of<Index>;
#if defined(__AVX512F__)
  if constexpr (L == 16 && sizeof(T) == 4) {
    return (Vector<T, L>)_mm512_i32gather_epi32((__m512i)index, base, 4);
  }
#endif
#if defined(__AVX2__)
  if constexpr (L == 8 && sizeof(T) == 4) {
    return (Vector<T, L>)_mm256_i32gather_epi32((const int*)base, (__m256i)index, 4);
  }
#endif
  Vector<T, L> r{};
  KGON_UNROLL
  for (int l = 0; l < L; ++l) r[l] = base[index[l]];
  return r;
}

// The 2 index-th four bytes from base on and the next four, as floats, by one load for both.
template <class Index>
KGON_FUNCTION void gather_two(const void* base, Index index, Vector<float, lanes_of<Index>>& first,
                              Vector<float, lanes_of<Index>>& second) {
  constexpr int L = lanes_of<Index>;
#if defined(__AVX512F__)
  if constexpr (L == 16) {
    const auto of = halves((__m512i)index);
    const __m512 low = (__m512)_mm512_i32gather_epi64((__m256i)of.low, base, 8);
    const __m512 high = (__m512)_mm512_i32gather_epi64((__m256i)of.high, base, 8);
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    first = (Vector<float, L>)_mm512_permutex2var_ps(low, even, high);
    second = (Vector<float, L>)_mm512_permutex2var_ps(low, even | _mm512_set1_epi32(1), high);
    return;
  }
#endif
#if defined(__AVX2__)
  if constexpr (L == 8) {
    const auto of = halves((__m256i)index);
    const auto* pairs = static_cast<const long long*>(base);
    const __m256 low = (__m256)_mm256_i32gather_epi64(pairs, (__m128i)of.low, 8);
    const __m256 high = (__m256)_mm256_i32gather_epi64(pairs, (__m128i)of.high, 8);
    // 0 1 4 5 2 3 6 7 of each
    const __m256d even = (__m256d)_mm256_shuffle_ps(low, high, 0x88);
    const __m256d odd = (__m256d)_mm256_shuffle_ps(low, high, 0xdd);
    first = (Vector<float, L>)_mm256_permute4x64_pd(even, 0xd8);
    second = (Vector<float, L>)_mm256_permute4x64_pd(odd, 0xd8);
    return;
  }
#endif
  KGON_UNROLL
  for (int l = 0; l < L; ++l) {
    float pair[2];
    __builtin_memcpy(pair, static_cast<const char*>(base) + sizeof pair * index[l], sizeof pair);
    first[l] = pair[0];
    second[l] = pair[1];
  }
}

}  // namespace kgon::native
