// Given samples in place of random draws.
#pragma once

#include <cstdint>
#include <vector>

namespace kgon::test {

// The samples one after the other; entries past the count are filled with a sample that would show.
template <class W>
struct FixedDraws {
  const std::vector<W>& samples;
  std::size_t position = 0;

  template <int N>
  void next(W (&group)[N], int count) {
    for (int g = 0; g < N; ++g) group[g] = g < count ? samples[position++] : W(0x7fffffu);
  }
};

}  // namespace kgon::test
