// Every operation on packs gives, lane by lane, the bits of the scalar operation.
#include "kgon/math/pack.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "support/lanes.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::bits_of;
using test::holds;
using test::lane;

template <class P>
class PackOfReals : public testing::Test {
 protected:
  using T = RealOf<P>;
  static constexpr int L = test::lanes_of<P>;
  using Word = WordOf<P>;

  // Ordinary numbers of many sizes, and now and then a special one.
  T number() {
    constexpr T special[] = {T(0),
                             T(-0.0),
                             T(1),
                             T(-1),
                             std::numeric_limits<T>::infinity(),
                             -std::numeric_limits<T>::infinity(),
                             std::numeric_limits<T>::quiet_NaN(),
                             std::numeric_limits<T>::denorm_min(),
                             -std::numeric_limits<T>::min(),
                             std::numeric_limits<T>::max()};
    if (source_.word() % 4 == 0) return special[source_.word() % std::size(special)];
    const T sign = source_.word() % 2 == 0 ? T(1) : T(-1);
    return sign * static_cast<T>(std::exp(3 * source_.normal()));
  }
  P numbers() {
    P p;
    for (int l = 0; l < L; ++l) p.v[l] = number();
    return p;
  }
  Word words() {
    Word w;
    for (int l = 0; l < L; ++l) w.v[l] = source_.word();
    return w;
  }

  // operation(a, b, c) on packs against the same on each lane.
  template <class Operation>
  void expect_lanewise(Operation operation, const char* name) {
    for (int round = 0; round < 2000; ++round) {
      const P a = numbers(), b = numbers(), c = numbers();
      const P result = operation(a, b, c);
      for (int l = 0; l < L; ++l) {
        ASSERT_EQ(bits_of(lane(result, l)), bits_of(operation(lane(a, l), lane(b, l), lane(c, l))))
            << name << " of " << lane(a, l) << ", " << lane(b, l) << ", " << lane(c, l);
      }
    }
  }
  template <class Comparison>
  void expect_comparison(Comparison comparison, const char* name) {
    for (int round = 0; round < 2000; ++round) {
      P a = numbers(), b = numbers();
      if (round % 3 == 0) b.v[round % L] = a.v[round % L];
      const auto result = comparison(a, b);
      for (int l = 0; l < L; ++l) {
        ASSERT_EQ(holds(result, l), comparison(lane(a, l), lane(b, l))) << name;
      }
    }
  }

  test::WordSource source_{1};
};

using RealPacks = testing::Types<Pack<float, 4>, Pack<float, 8>, Pack<float, 16>, Pack<double, 2>,
                                 Pack<double, 4>, Pack<double, 8>>;
TYPED_TEST_SUITE(PackOfReals, RealPacks);

TYPED_TEST(PackOfReals, Arithmetic) {
  this->expect_lanewise([](auto a, auto b, auto) { return a + b; }, "+");
  this->expect_lanewise([](auto a, auto b, auto) { return a - b; }, "-");
  this->expect_lanewise([](auto a, auto b, auto) { return a * b; }, "*");
  this->expect_lanewise([](auto a, auto b, auto) { return a / b; }, "/");
  this->expect_lanewise([](auto a, auto, auto) { return -a; }, "minus");
  this->expect_lanewise([](auto a, auto b, auto c) { return fma(a, b, c); }, "fma");
  this->expect_lanewise([](auto a, auto, auto) { return square_root(a); }, "square_root");
}

TYPED_TEST(PackOfReals, Comparisons) {
  this->expect_comparison([](auto a, auto b) { return a < b; }, "<");
  this->expect_comparison([](auto a, auto b) { return a > b; }, ">");
  this->expect_comparison([](auto a, auto b) { return a <= b; }, "<=");
  this->expect_comparison([](auto a, auto b) { return a >= b; }, ">=");
  this->expect_comparison([](auto a, auto b) { return a == b; }, "==");
}

TYPED_TEST(PackOfReals, SelectAndClamp) {
  this->expect_lanewise([](auto a, auto b, auto c) { return select(a < b, b, c); }, "select");
  this->expect_lanewise([](auto a, auto b, auto) { return select(true, a, b); }, "select true");
  this->expect_lanewise([](auto a, auto b, auto) { return select(false, a, b); }, "select false");
  this->expect_lanewise([](auto a, auto, auto) { return clamp_unit(a); }, "clamp_unit");
}

// A comparison of words decides between numbers that may be wider, and the other way round.
TYPED_TEST(PackOfReals, SelectByMasksOfAnotherWidth) {
  using P = TypeParam;
  for (int round = 0; round < 1000; ++round) {
    const P a = this->numbers(), b = this->numbers();
    const auto u = this->words(), v = this->words();
    const P by_words = select(u < v, a, b);
    const P by_mask = select(mask_for<P>(u < v), a, b);
    const auto by_numbers = select(a < b, u, v);
    const auto by_word_mask = select(word_mask<P>(a < b), u, v);
    for (int l = 0; l < this->L; ++l) {
      const bool first = lane(u, l) < lane(v, l), less = lane(a, l) < lane(b, l);
      ASSERT_EQ(bits_of(lane(by_words, l)), bits_of(first ? lane(a, l) : lane(b, l)));
      ASSERT_EQ(bits_of(lane(by_mask, l)), bits_of(first ? lane(a, l) : lane(b, l)));
      ASSERT_EQ(lane(by_numbers, l), less ? lane(u, l) : lane(v, l));
      ASSERT_EQ(lane(by_word_mask, l), less ? lane(u, l) : lane(v, l));
    }
  }
}

TYPED_TEST(PackOfReals, LogicOfMasks) {
  for (int round = 0; round < 1000; ++round) {
    const auto a = this->numbers()<this->numbers(), b = this->numbers()> this->numbers();
    bool some = false, every = true;
    for (int l = 0; l < this->L; ++l) {
      ASSERT_EQ(holds(a & b, l), holds(a, l) && holds(b, l));
      ASSERT_EQ(holds(a | b, l), holds(a, l) || holds(b, l));
      ASSERT_EQ(holds(a ^ b, l), holds(a, l) != holds(b, l));
      ASSERT_EQ(holds(!a, l), !holds(a, l));
      some = some || holds(a, l);
      every = every && holds(a, l);
    }
    ASSERT_EQ(any(a), some);
    ASSERT_EQ(all(a), every);
  }
}

TYPED_TEST(PackOfReals, AnyAndAllSeeEveryLane) {
  using P = TypeParam;
  for (int l = 0; l < this->L; ++l) {
    P one(0);
    one.v[l] = 1;
    EXPECT_TRUE(any(one > P(0))) << l;
    EXPECT_FALSE(all(one == P(0))) << l;
  }
  EXPECT_FALSE(any(P(0) > P(0)));
  EXPECT_TRUE(all(P(0) == P(0)));
}

TYPED_TEST(PackOfReals, LoadStoreBroadcast) {
  using P = TypeParam;
  using T = RealOf<P>;
  std::array<T, test::lanes_of<P>> values, back;
  for (T& x : values) x = this->number();
  P::load(values.data()).store(back.data());
  for (std::size_t l = 0; l < values.size(); ++l) EXPECT_EQ(bits_of(values[l]), bits_of(back[l]));
  const P p(T(1.5));
  for (int l = 0; l < this->L; ++l) EXPECT_EQ(lane(p, l), T(1.5));
}

TYPED_TEST(PackOfReals, FromWordsAndDoubles) {
  using P = TypeParam;
  using T = RealOf<P>;
  for (int round = 0; round < 1000; ++round) {
    const auto w = this->words();
    const P p = to_scalar<P>(w);
    Pack<double, test::lanes_of<P>> wide;
    for (int l = 0; l < this->L; ++l) {
      wide.v[l] = std::ldexp(static_cast<double>(this->source_.word()), -30) / 3;
    }
    const P narrowed = narrow<P>(wide);
    for (int l = 0; l < this->L; ++l) {
      ASSERT_EQ(lane(p, l), to_scalar<T>(lane(w, l)));
      ASSERT_EQ(lane(narrowed, l), narrow<T>(lane(wide, l)));
    }
  }
}

TYPED_TEST(PackOfReals, SplitExponent) {
  using P = TypeParam;
  using T = RealOf<P>;
  for (int round = 0; round < 2000; ++round) {
    P x, mantissa, exponent;
    for (int l = 0; l < this->L; ++l) {
      x.v[l] = std::ldexp(static_cast<T>(1 + this->source_.word() % 1000000),
                          -static_cast<int>(this->source_.word() % 60));
    }
    split_exponent(x, mantissa, exponent);
    for (int l = 0; l < this->L; ++l) {
      T m, e;
      split_exponent(lane(x, l), m, e);
      ASSERT_EQ(lane(mantissa, l), m);
      ASSERT_EQ(lane(exponent, l), e);
    }
  }
}

TYPED_TEST(PackOfReals, Words) {
  std::vector<double> table(997);
  for (std::size_t k = 0; k < table.size(); ++k) table[k] = static_cast<double>(k) / 3;
  for (int round = 0; round < 1000; ++round) {
    const auto a = this->words(), b = this->words();
    const auto factor = static_cast<std::uint32_t>(this->source_.word());
    auto low = a, high = a, index = a;
    multiply_wide(a, factor, low, high);
    for (int l = 0; l < this->L; ++l) index.v[l] = lane(a, l) % 997;
    const auto found = gather(table.data(), index);
    for (int l = 0; l < this->L; ++l) {
      const std::uint32_t x = lane(a, l), y = lane(b, l);
      std::uint32_t x_low, x_high;
      multiply_wide(x, factor, x_low, x_high);
      ASSERT_EQ(lane(low, l), x_low);
      ASSERT_EQ(lane(high, l), x_high);
      ASSERT_EQ(lane(a + b, l), x + y);
      ASSERT_EQ(lane(a - b, l), x - y);
      ASSERT_EQ(lane(a * b, l), x * y);
      ASSERT_EQ(lane(a ^ b, l), x ^ y);
      ASSERT_EQ(lane(a & b, l), x & y);
      ASSERT_EQ(lane(a | b, l), x | y);
      ASSERT_EQ(lane(a << 7, l), x << 7);
      ASSERT_EQ(lane(a >> 7, l), x >> 7);
      ASSERT_EQ(holds(a < b, l), x < y);
      ASSERT_EQ(holds(a >= b, l), x >= y);
      ASSERT_EQ(lane(minimum(a, b), l), minimum(x, y));
      ASSERT_EQ(lane(found, l), table[lane(index, l)]);
    }
  }
}

}  // namespace
}  // namespace kgon
