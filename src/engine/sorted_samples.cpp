#include "engine/sorted_samples.hpp"

#include <algorithm>

#include "kgon/model/tms/data_set.hpp"

namespace kgon {

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
  for (int i = 0; i <= features; ++i) {
    const auto first = std::lower_bound(samples.begin(), samples.end(),
                                        static_cast<std::uint32_t>(i) << tms::magnitude_bits);
    table.starts.push_back(static_cast<std::uint32_t>(first - samples.begin()));
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
