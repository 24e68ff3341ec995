#include "engine/sorted_samples.hpp"

#include <algorithm>
#include <numeric>

#include "kgon/model/tms/data_set.hpp"

namespace kgon {
namespace {

// Two to four bins a sample: most brackets then hold one or none.
int bin_bits(std::size_t samples, int features) {
  const std::size_t most = 4 * samples / static_cast<std::size_t>(features);
  int bits = 0;
  while (bits < tms::max_bin_bits && std::size_t{2} << bits <= most) ++bits;
  return bits;
}

std::size_t bracket_count(int bin_bits, int features) {
  return ((std::size_t{1} << bin_bits) + 2) * static_cast<std::size_t>(features);
}

struct Bins {
  int shift;                          // a sample's bin is sample >> shift
  std::vector<std::uint32_t> starts;  // [features << bin_bits, and one] its first sample, sorted
};

// Sorts by bins, which are as good as even, and then within them.
Bins sort_by_bins(std::vector<std::uint32_t>& samples, int bin_bits, int features) {
  const int shift = tms::magnitude_bits - bin_bits;
  const std::size_t count = static_cast<std::size_t>(features) << bin_bits;
  std::vector<std::uint32_t> starts(count + 1);
  for (const std::uint32_t sample : samples) ++starts[(sample >> shift) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1), sorted(samples.size());
  for (const std::uint32_t sample : samples) sorted[next[sample >> shift]++] = sample;
  samples = std::move(sorted);
  for (std::size_t bin = 0; bin < count; ++bin)
    if (starts[bin + 1] - starts[bin] > 1)
      std::sort(samples.begin() + starts[bin], samples.begin() + starts[bin + 1]);
  return {shift, std::move(starts)};
}

// The brackets of one feature after the other: of every bin its own samples, and those of its
// neighbours that lie within the slack.
class BracketMaker {
 public:
  BracketMaker(const SortedSampleTable& table, const Bins& bins)
      : table_(table),
        bins_(bins),
        width_(1u << bins.shift),
        slack_(width_ / tms::bracket_slack),
        first_(row()),
        length_(row()) {}

  void add_feature(std::size_t feature, std::vector<tms::Bracket>& brackets) {
    const std::size_t first_bin = feature << table_.bin_bits;
    const std::uint32_t begin = table_.starts[feature], end = table_.starts[feature + 1];
    for (std::size_t bin = 1; bin + 1 < row(); ++bin) {
      const std::uint32_t* starts = &bins_.starts[first_bin + bin - 1];
      first_[bin] = starts[0] - begin;
      length_[bin] = starts[1] - starts[0];
    }
    first_.front() = length_.front() = length_.back() = 0;
    first_.back() = end - begin;
    for (std::uint32_t k = begin; k < end; ++k) add_neighbours(table_.samples[k]);
    for (std::size_t bin = 0; bin < row(); ++bin) {
      const std::uint32_t length = std::min(length_[bin], tms::open_bracket);
      brackets.push_back({first_[bin] << tms::bracket_length_bits | length,
                          table_.magnitudes[begin + first_[bin]]});
    }
  }

 private:
  std::size_t row() const { return (std::size_t{1} << table_.bin_bits) + 2; }

  // mu is (m + 1) 2^-23: the last m of a bin lies on the border to the next.
  void add_neighbours(std::uint32_t sample) {
    const std::uint32_t m = sample & ((1u << tms::magnitude_bits) - 1);
    const std::uint32_t within = (m & (width_ - 1)) + 1;
    const std::size_t bin = (m >> bins_.shift) + 1;
    if (within <= slack_) ++length_[bin - 1];
    if (within >= width_ - slack_) {
      --first_[bin + 1];
      ++length_[bin + 1];
    }
  }

  const SortedSampleTable& table_;
  const Bins& bins_;
  const std::uint32_t width_, slack_;
  std::vector<std::uint32_t> first_, length_;  // [2^bin_bits + 2]
};

// Rounded from double once: what a difference of two float sums would not be.
tms::SumPair sums_between(const SortedSampleTable& table, std::size_t from, std::size_t to) {
  return {static_cast<float>(table.sum1[to] - table.sum1[from]),
          static_cast<float>(table.sum2[to] - table.sum2[from])};
}

void add_sides(SortedSampleTable& table, std::size_t feature) {
  const std::size_t begin = table.starts[feature], end = table.starts[feature + 1];
  for (std::size_t k = begin; k <= end; ++k) {
    table.sides.push_back(sums_between(table, begin, k));
    table.sides.push_back(sums_between(table, k, end));
  }
}

void add_sums(SortedSampleTable& table) {
  const std::size_t n = table.samples.size();
  table.magnitudes.resize(n + 1);
  table.sum1.resize(n + 1);
  table.sum2.resize(n + 1);
  for (std::size_t k = 0; k < n; ++k) {
    const double magnitude = tms::sample_magnitude<double>(table.samples[k]);
    table.magnitudes[k] = static_cast<float>(magnitude);
    table.sum1[k + 1] = table.sum1[k] + magnitude;
    table.sum2[k + 1] = table.sum2[k] + magnitude * magnitude;
  }
}

}  // namespace

SortedSampleTable sort_samples(std::vector<std::uint32_t> samples, int features) {
  SortedSampleTable table;
  table.bin_bits = bin_bits(samples.size(), features);
  const Bins bins = sort_by_bins(samples, table.bin_bits, features);
  table.samples = std::move(samples);
  const auto count = static_cast<std::size_t>(features);
  for (std::size_t feature = 0; feature <= count; ++feature)
    table.starts.push_back(bins.starts[feature << table.bin_bits]);
  add_sums(table);
  table.brackets.reserve(bracket_count(table.bin_bits, features));
  table.sides.reserve(2 * (table.samples.size() + count));
  BracketMaker maker(table, bins);
  for (std::size_t feature = 0; feature < count; ++feature) {
    maker.add_feature(feature, table.brackets);
    add_sides(table, feature);
  }
  return table;
}

std::uint64_t sorted_bytes_on_device(std::uint64_t n, int features) {
  const auto more = static_cast<std::uint64_t>(features) + 1;
  // Two sums, in float for each side or in double: 16 bytes a sample.
  return bracket_count(bin_bits(n, features), features) * sizeof(tms::Bracket) +
         (n + more) * (sizeof(std::uint32_t) + sizeof(float) + 2 * sizeof(tms::SumPair)) +
         more * sizeof(std::uint32_t);
}

std::uint64_t sorted_bytes(std::uint64_t n, int features) {
  return sorted_bytes_on_device(n, features) +
         (n + static_cast<std::uint64_t>(features) + 1) * 2 * sizeof(double);
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
