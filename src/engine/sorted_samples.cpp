#include "engine/sorted_samples.hpp"

#include <algorithm>

#include "kgon/model/tms/data_set.hpp"

namespace kgon {
namespace {

// One to two samples a bin.
int bin_bits(std::size_t samples, int features) {
  int bits = 0;
  while (bits < tms::max_bin_bits && (static_cast<std::size_t>(features) << (bits + 1)) <= samples)
    ++bits;
  return bits;
}

}  // namespace

SortedSampleTable sort_samples(std::vector<std::uint32_t> samples, int features) {
  SortedSampleTable table;
  std::sort(samples.begin(), samples.end());
  const std::size_t n = samples.size();
  table.sum1.resize(n + 1);
  table.sum2.resize(n + 1);
  for (std::size_t k = 0; k < n; ++k) {
    const double magnitude = tms::sample_magnitude<double>(samples[k]);
    table.sum1[k + 1] = table.sum1[k] + magnitude;
    table.sum2[k + 1] = table.sum2[k] + magnitude * magnitude;
  }
  table.bin_bits = bin_bits(n, features);
  const int shift = tms::magnitude_bits - table.bin_bits;
  const std::size_t count = static_cast<std::size_t>(features) << table.bin_bits;
  table.bins.resize(count + 1);
  std::size_t k = 0;
  for (std::size_t bin = 0; bin <= count; ++bin) {
    while (k < n && samples[k] >> shift < bin) ++k;
    table.bins[bin] = static_cast<std::uint32_t>(k);
  }
  table.samples = std::move(samples);
  return table;
}

std::vector<std::uint32_t> generate_samples(const StreamId<std::uint32_t>& stream, Purpose purpose,
                                            std::uint32_t n, int features) {
  std::vector<std::uint32_t> samples(n);
  for (std::uint32_t k = 0; k < n; ++k) {
    samples[k] = tms::generate_sample(stream, purpose, k, static_cast<std::uint32_t>(features));
  }
  return samples;
}

}  // namespace kgon
