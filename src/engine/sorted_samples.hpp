// Host side of kgon/model/tms/sorted_samples.hpp: builds the sorted tables of a data set.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/model/tms/sorted_samples.hpp"
#include "kgon/rng/purpose.hpp"

namespace kgon {

struct SortedSampleTable {
  // See tms::SortedSamples.
  std::vector<std::uint32_t> samples;
  std::vector<float> magnitudes;
  std::vector<std::uint32_t> starts;
  std::vector<tms::Bracket> brackets;
  std::vector<tms::SumPair> sides;
  std::vector<double> sum1, sum2;
  int bin_bits = 0;

  tms::SortedSamples view() const {
    return {static_cast<std::uint32_t>(samples.size()),
            samples.data(),
            magnitudes.data(),
            starts.data(),
            brackets.data(),
            bin_bits,
            sides.data(),
            sum1.data(),
            sum2.data()};
  }
};

// samples: [n] packed samples of kgon/model/tms/sample.hpp in any order, n in 1..2^27.
SortedSampleTable sort_samples(std::vector<std::uint32_t> samples, int features);

// Bytes of the table of n samples: of all of it, and of what a device has for chains in float or in
// double.
std::uint64_t sorted_bytes(std::uint64_t n, int features);
std::uint64_t sorted_bytes_on_device(std::uint64_t n, int features);

// The samples 0..n-1 that `stream` draws for `purpose`.
std::vector<std::uint32_t> generate_samples(const StreamId<std::uint32_t>& stream, Purpose purpose,
                                            std::uint32_t n, int features);

}  // namespace kgon
