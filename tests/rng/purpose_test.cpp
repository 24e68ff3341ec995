#include "kgon/rng/purpose.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/streams.hpp"

namespace kgon {
namespace {

// The value that a purpose has for ever: results of old studies hang on it. No default, so that
// the compiler warns of a purpose that is missing here.
constexpr int frozen_value(Purpose purpose) {
  switch (purpose) {
    case Purpose::data:
      return 1;
    case Purpose::shared_data:
      return 2;
    case Purpose::initial_noise:
      return 3;
    case Purpose::epoch_permutation:
      return 4;
    case Purpose::minibatch_index:
      return 5;
    case Purpose::index_retry:
      return 6;
    case Purpose::chain_noise:
      return 7;
    case Purpose::leapfrog_count:
      return 8;
    case Purpose::pilot_noise:
      return 9;
    case Purpose::pilot_leapfrogs:
      return 10;
    case Purpose::prior_draw:
      return 11;
    case Purpose::particle_noise:
      return 12;
    case Purpose::particle_leapfrogs:
      return 13;
    case Purpose::resampling:
      return 14;
    case Purpose::swap:
      return 15;
    case Purpose::chain_start:
      return 16;
    case Purpose::nuts_momenta:
      return 17;
    case Purpose::nuts_tree:
      return 18;
  }
  return -1;
}

constexpr Purpose purposes[] = {Purpose::data,
                                Purpose::shared_data,
                                Purpose::initial_noise,
                                Purpose::epoch_permutation,
                                Purpose::minibatch_index,
                                Purpose::index_retry,
                                Purpose::chain_noise,
                                Purpose::leapfrog_count,
                                Purpose::pilot_noise,
                                Purpose::pilot_leapfrogs,
                                Purpose::prior_draw,
                                Purpose::particle_noise,
                                Purpose::particle_leapfrogs,
                                Purpose::resampling,
                                Purpose::swap,
                                Purpose::chain_start,
                                Purpose::nuts_momenta,
                                Purpose::nuts_tree};

TEST(Purpose, ValuesAreFrozenDistinctAndFit) {
  std::set<int> values;
  for (const Purpose purpose : purposes) {
    const int value = static_cast<int>(purpose);
    EXPECT_EQ(value, frozen_value(purpose));
    EXPECT_GT(value, 0);
    EXPECT_LT(value, 64);
    values.insert(value);
  }
  EXPECT_EQ(values.size(), std::size(purposes));
}

TEST(Purpose, StandsAboveTheBlock) {
  const auto stream = test::stream(3, 7);
  for (const Purpose purpose : purposes) {
    for (const std::uint64_t block : {std::uint64_t{0}, std::uint64_t{1} << 55}) {
      const auto words = philox(stream, purpose, block);
      const auto same = philox(stream, static_cast<std::uint64_t>(purpose) * (1ull << 56) + block);
      for (int k = 0; k < 4; ++k) EXPECT_EQ(words.word[k], same.word[k]);
    }
  }
}

// The largest block of the largest purpose is below 2^62, where cuRAND's offset / 4 ends.
TEST(Purpose, FitsCurandsOffset) {
  EXPECT_LT(std::uint64_t{63} << 56 | ((std::uint64_t{1} << 56) - 1), std::uint64_t{1} << 62);
}

}  // namespace
}  // namespace kgon
