// Data sets of n samples: a table in memory, or recomputed from the member's stream.
#pragma once

#include "kgon/model/tms/sample.hpp"
#include "kgon/rng/purpose.hpp"

namespace kgon::tms {

// Sample k of a stream, k the same for all lanes: word k & 3 of block k / 4.
template <class W>
KGON_FUNCTION W generate_sample(const StreamId<W>& stream, Purpose purpose, std::uint64_t k,
                                std::uint32_t features) {
  const Words4<W> words = philox(stream, purpose, k / 4);
  return draw_sample(words.word[k & 3], features);
}

// Samples in memory: lane l's sample k is at samples[k * stride + l * lane_stride]. One table for
// all lanes has stride 1 and lane_stride 0; `lane` holds l * lane_stride.
template <class W>
struct SampleTable {
  const std::uint32_t* samples;
  std::uint32_t stride;
  W lane;

  KGON_FUNCTION W operator()(W k) const { return gather(samples, k * W(stride) + lane); }
};

// One member's own samples without memory, scalar code only.
struct SampleGenerator {
  StreamId<std::uint32_t> stream;
  std::uint32_t features;

  KGON_FUNCTION std::uint32_t operator()(std::uint32_t k) const {
    const Words4<std::uint32_t> words = philox(stream, Purpose::data, k / 4);
    const std::uint32_t low = select((k & 1) != 0, words.word[1], words.word[0]);
    const std::uint32_t high = select((k & 1) != 0, words.word[3], words.word[2]);
    return draw_sample(select((k & 2) != 0, high, low), features);
  }
};

// The same samples asked for in the order 0, 1, 2, ...: one block of words for four of them.
class SequentialGenerator {
 public:
  KGON_FUNCTION SequentialGenerator(const StreamId<std::uint32_t>& stream, std::uint32_t features)
      : stream_(stream), features_(features), words_{} {}

  KGON_FUNCTION std::uint32_t operator()(std::uint32_t k) {
    if ((k & 3) == 0) words_ = philox(stream_, Purpose::data, k / 4);
    const std::uint32_t low = select((k & 1) != 0, words_.word[1], words_.word[0]);
    const std::uint32_t high = select((k & 1) != 0, words_.word[3], words_.word[2]);
    return draw_sample(select((k & 2) != 0, high, low), features_);
  }

 private:
  StreamId<std::uint32_t> stream_;
  std::uint32_t features_;
  Words4<std::uint32_t> words_;
};

}  // namespace kgon::tms
