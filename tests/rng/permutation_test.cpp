#include "kgon/rng/permutation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kgon/rng/purpose.hpp"
#include "support/lanes.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

using Word = std::uint32_t;

Permutation<Word> permutation(Word n, std::uint64_t seed, std::uint64_t epoch) {
  return {permutation_grid(n), philox(test::stream(seed, 0), Purpose::epoch_permutation, epoch)};
}

TEST(PermutationGrid, HoldsAllAndWastesLittle) {
  for (Word n = 1; n <= 70000; ++n) {
    const auto grid = permutation_grid(n);
    const std::uint64_t cells = std::uint64_t{grid.rows} * grid.columns;
    ASSERT_EQ(grid.n, n);
    ASSERT_GE(cells, n);
    ASSERT_LT(cells - n, grid.columns) << n;
    ASSERT_LE(grid.rows, grid.columns + 1) << n;
    ASSERT_LE(grid.columns, 2 * grid.rows + 1) << n;
  }
  EXPECT_EQ(permutation_grid(1000).rows, 25u);
  EXPECT_EQ(permutation_grid(1000).columns, 40u);
  for (const Word n : {0x7fffffffu, 1u << 31, (1u << 31) - 12345}) {
    const auto grid = permutation_grid(n);
    EXPECT_LT(grid.rows, 1u << 16);
    EXPECT_LT(grid.columns, 1u << 16);
    EXPECT_GE(std::uint64_t{grid.rows} * grid.columns, n);
  }
}

void expect_bijection(Word n, std::uint64_t epoch) {
  const auto map = permutation(n, 1, epoch);
  std::vector<bool> seen(n);
  for (Word position = 0; position < n; ++position) {
    const Word image = map(position);
    ASSERT_LT(image, n) << n;
    ASSERT_FALSE(seen[image]) << n;
    seen[image] = true;
  }
}

TEST(Permutation, IsABijection) {
  for (Word n = 1; n <= 300; ++n) {
    for (std::uint64_t epoch = 0; epoch < 20; ++epoch) expect_bijection(n, epoch);
  }
  for (const Word n : {1000u, 4096u, 4097u, 65537u}) {
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) expect_bijection(n, epoch);
  }
}

TEST(Permutation, LanesAreMembers) {
  using W = Pack<Word, 8>;
  for (const Word n : {2u, 10u, 37u, 1000u, 4097u}) {
    const auto grid = permutation_grid(n);
    const auto stream = test::stream_of_lanes<W>(3, 50);
    const Permutation<W> map{grid, philox(stream, Purpose::epoch_permutation, 7)};
    for (Word position = 0; position < n; ++position) {
      const W images = map(position);
      for (int l = 0; l < 8; ++l) {
        const auto member = test::stream(3, 50 + static_cast<std::uint64_t>(l));
        const Permutation<Word> alone{grid, philox(member, Purpose::epoch_permutation, 7)};
        ASSERT_EQ(test::lane(images, l), alone(position)) << n;
        ASSERT_EQ(alone(position),
                  alone.image(position / grid.columns, position % grid.columns));
      }
    }
  }
}

// Where each position goes, over many epochs: the worst of the positions asked for.
double image_score(Word n, std::uint64_t seed, std::uint64_t epochs,
                   const std::vector<Word>& positions) {
  std::vector<std::vector<std::uint64_t>> counts(positions.size(), std::vector<std::uint64_t>(n));
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto map = permutation(n, seed, epoch);
    for (std::size_t k = 0; k < positions.size(); ++k) counts[k][map(positions[k])] += 1;
  }
  std::vector<double> scores;
  for (const auto& bins : counts) scores.push_back(test::uniform_z(bins));
  return test::worst(scores);
}

// Where an ordered pair of positions goes, of n (n - 1) possible pairs.
double pair_score(Word n, std::uint64_t seed, std::uint64_t epochs, Word p, Word q) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(n) * (n - 1));
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto map = permutation(n, seed, epoch);
    const Word first = map(p), second = map(q);
    counts[first * (n - 1) + second - (second > first ? 1 : 0)] += 1;
  }
  return test::uniform_z(counts);
}

TEST(Permutation, EveryImageIsEquallyLikely) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const Word n : {2u, 3u, 5u, 10u, 37u, 1000u}) {
      const std::vector<Word> positions{0, 1, n / 2, n - 1};
      std::cout << n << " image " << image_score(n, seed, 200000, positions) << "\n";
    }
  }
}

TEST(Permutation, OrderedPairs) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const Word n : {3u, 4u, 5u, 6u,7u,8u, 10u, 16u, 37u, 100u, 1000u}) {
      for (Word q : {1u, n/2, n - 1})
      std::cout << n << " pair 0 " << q << " " << pair_score(n, seed, n == 1000 ? 5000000 : 500000, 0, q) << "\n";
      std::cout << n << " pair last " << pair_score(n, seed, 500000, n-2, n-1) << "\n";
    }
  }
}

}  // namespace
}  // namespace kgon
