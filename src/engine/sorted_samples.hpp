// Host side of kgon/model/tms/sorted_loss.hpp: builds the sorted tables of a data set.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/model/tms/sorted_loss.hpp"
#include "kgon/rng/purpose.hpp"

namespace kgon {

struct SortedSampleTable {
  std::vector<std::uint32_t> samples;  // [n] ascending
  std::vector<std::uint32_t> bins;     // see tms::SortedSamples
  std::vector<double> sum1, sum2;      // [n + 1]
  int bin_bits = 0;

  // One set for every lane.
  template <class W>
  tms::SortedSamples<W> view() const {
    return {static_cast<std::uint32_t>(samples.size()),
            1,
            W(0u),
            samples.data(),
            bins.data(),
            sum1.data(),
            sum2.data(),
            bin_bits};
  }
};

// samples: [n] packed samples of kgon/model/tms/sample.hpp in any order, n in 1..2^31-1.
SortedSampleTable sort_samples(std::vector<std::uint32_t> samples, int features);

// The samples 0..n-1 that `stream` draws for `purpose`.
std::vector<std::uint32_t> generate_samples(const StreamId<std::uint32_t>& stream, Purpose purpose,
                                            std::uint32_t n, int features);

}  // namespace kgon
