#include "kgon/model/tms/model.hpp"

#include <gtest/gtest.h>

#include "support/streams.hpp"

namespace kgon::tms {
namespace {

static_assert(TrainableModel<Model<2, 3>>);
static_assert(TrainableModel<Model<2, 8>>);
static_assert(TrainableModel<Model<3, 6>>);
static_assert(Model<2, 6>::parameters == 18 && Model<2, 6>::column_entries == 12);
static_assert(Model<3, 6>::parameters == 24 && Model<3, 6>::column_entries == 18);
static_assert(!TrainableModel<int>);

TEST(Model, LayoutIsRowsThenBiases) {
  using Layout = Shape<2, 6>;
  EXPECT_EQ(Layout::weight(0, 5), 5);
  EXPECT_EQ(Layout::weight(1, 0), 6);
  EXPECT_EQ(Layout::bias(0), 12);
  EXPECT_EQ(Layout::bias(5), 17);
}

TEST(Model, GeneratorsGiveTheSamplesOfWords) {
  using TwoBySix = Model<2, 6>;
  const auto stream = test::stream(2, 9);
  const auto generator = TwoBySix::generator(stream);
  auto sequential = TwoBySix::sequential(stream);
  for (std::uint32_t k = 0; k < 100; ++k) {
    const std::uint32_t word = philox(stream, Purpose::data, k / 4).word[k % 4];
    EXPECT_EQ(generator(k), TwoBySix::sample(word));
    EXPECT_EQ(sequential(k), TwoBySix::sample(word));
  }
}

}  // namespace
}  // namespace kgon::tms
