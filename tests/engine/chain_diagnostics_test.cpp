// The oracle is ArviZ: make_diagnostics_reference.py.
#include "engine/chain_diagnostics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/autocovariance.hpp"
#include "engine/normal_quantile.hpp"

namespace kgon {
namespace {

constexpr double tolerance = 1e-10;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// splitmix64, bit by bit the Source of make_diagnostics_reference.py.
class Source {
 public:
  explicit Source(std::uint64_t seed) : state_(seed) {}

  double uniform() { return static_cast<double>(word() >> 11) * 0x1p-53; }

  double noise(const std::string& kind) {
    const double u = uniform();
    if (kind == "uniform") return u - 0.5;
    const double v = uniform();
    if (kind == "heavy") return (u - 0.5) / (v + 0x1p-20);
    const double w = uniform();
    return u + v + w + uniform() - 2.0;
  }

 private:
  std::uint64_t word() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

struct Recipe {
  std::string name;
  std::uint64_t seed = 0;
  std::size_t chains = 0, draws = 0;
  std::string noise = "bell";
  double rho = 0, levels = 0, location = 0, scale = 1, scale_step = 0, shift = 0, drift = 0;
  std::string special = "-";
};

// One line of the stored file.
struct Case {
  Recipe recipe;
  std::vector<double> values;  // [chains][draws]
  ChainDiagnostics expected;

  std::string label() const { return recipe.name + ' ' + std::to_string(recipe.seed); }
  ChainDraws draws() const { return {values, recipe.chains, recipe.draws}; }
};

// "CHAIN:DRAW=VALUE,..." or "-"
void set_special_draws(const Recipe& recipe, std::vector<double>& values) {
  if (recipe.special == "-") return;
  std::istringstream items(recipe.special);
  for (std::string item; std::getline(items, item, ',');) {
    const std::size_t colon = item.find(':'), equals = item.find('=');
    const std::size_t chain = std::stoul(item.substr(0, colon));
    const std::size_t draw = std::stoul(item.substr(colon + 1, equals - colon - 1));
    values.at(chain * recipe.draws + draw) = std::strtod(item.c_str() + equals + 1, nullptr);
  }
}

// In the operations of the generator's draws_of().
std::vector<double> make_values(const Recipe& recipe) {
  Source source(recipe.seed);
  std::vector<double> values;
  for (std::size_t chain = 0; chain < recipe.chains; ++chain) {
    const double number = static_cast<double>(chain);
    const double scale = recipe.scale * (1.0 + recipe.scale_step * number);
    double state = 0.0;
    for (std::size_t draw = 0; draw < recipe.draws; ++draw) {
      state = recipe.rho * state + source.noise(recipe.noise);
      double x = state;
      if (recipe.levels != 0) x = std::floor(x * recipe.levels) / recipe.levels;
      values.push_back(recipe.location + scale * x + recipe.shift * number +
                       recipe.drift * static_cast<double>(draw));
    }
  }
  set_special_draws(recipe, values);
  return values;
}

// Streams do not read "nan" and "inf".
double read_number(std::istream& line) {
  std::string word;
  line >> word;
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  if (word.empty() || *end != '\0') throw std::runtime_error("not a number: '" + word + "'");
  return number;
}

Case read_case(const std::string& text) {
  std::istringstream line(text);
  Case read;
  Recipe& recipe = read.recipe;
  line >> recipe.name >> recipe.seed >> recipe.chains >> recipe.draws >> recipe.noise;
  for (double* number : {&recipe.rho, &recipe.levels, &recipe.location, &recipe.scale,
                         &recipe.scale_step, &recipe.shift, &recipe.drift})
    *number = read_number(line);
  std::string bar;
  line >> recipe.special >> bar;
  if (bar != "|") throw std::runtime_error("no bar in " + text);
  ChainDiagnostics& expected = read.expected;
  for (double* number : {&expected.rhat, &expected.bulk_ess, &expected.tail_ess, &expected.mean_ess,
                         &expected.mean_mcse})
    *number = read_number(line);
  read.values = make_values(recipe);
  return read;
}

const std::vector<Case>& stored_cases() {
  static const std::vector<Case> cases = [] {
    std::ifstream file(KGON_SOURCE_DIR "/tests/engine/diagnostics_reference.txt");
    std::vector<Case> found;
    for (std::string line; std::getline(file, line);) {
      if (!line.empty() && line[0] != '#') found.push_back(read_case(line));
    }
    return found;
  }();
  return cases;
}

std::array<double, 5> fields(const ChainDiagnostics& found) {
  return {found.rhat, found.bulk_ess, found.tail_ess, found.mean_ess, found.mean_mcse};
}

// 0 for equal numbers, equal infinities and two NaNs; infinity if just one is NaN or infinite.
double relative_difference(double found, double expected) {
  if (std::isnan(found) && std::isnan(expected)) return 0;
  if (found == expected) return 0;
  if (!std::isfinite(found) || !std::isfinite(expected)) return infinity;
  return std::abs(found - expected) / std::abs(expected);
}

double worst_difference(const ChainDiagnostics& found, const ChainDiagnostics& expected) {
  double worst = 0;
  for (std::size_t k = 0; k < 5; ++k)
    worst = std::max(worst, relative_difference(fields(found)[k], fields(expected)[k]));
  return worst;
}

ChainDiagnostics one_by_one(const ChainDraws& draws) {
  return {split_rhat(draws), bulk_ess(draws), tail_ess(draws), mean_ess(draws), mean_mcse(draws)};
}

// Numbers that are neither NaN nor infinite, over all cases and fields.
std::array<int, 5> finite_references() {
  std::array<int, 5> count{};
  for (const Case& stored : stored_cases()) {
    for (std::size_t k = 0; k < 5; ++k) count[k] += std::isfinite(fields(stored.expected)[k]);
  }
  return count;
}

TEST(ChainDiagnostics, AgreesWithArviz) {
  int compared = 0;
  double worst = 0;
  for (const Case& stored : stored_cases()) {
    const ChainDiagnostics found = diagnose(stored.draws());
    for (std::size_t k = 0; k < 5; ++k) {
      const double expected = fields(stored.expected)[k];
      const double difference = relative_difference(fields(found)[k], expected);
      EXPECT_LE(difference, tolerance)
          << stored.label() << ", field " << k << ": " << fields(found)[k] << " for " << expected;
      worst = std::max(worst, difference);
    }
    ++compared;
  }
  EXPECT_GE(compared, 150);
  // R-hat is NaN for single chains, the last two for infinite draws.
  for (const int finite : finite_references()) EXPECT_GE(finite, 100);
  RecordProperty("arrays", compared);
  RecordProperty("worst_relative_difference", std::to_string(worst * 1e15) + "e-15");
}

TEST(ChainDiagnostics, OneByOneIsTheSameToTheBit) {
  for (const Case& stored : stored_cases()) {
    const auto together = fields(diagnose(stored.draws()));
    const auto alone = fields(one_by_one(stored.draws()));
    for (std::size_t k = 0; k < 5; ++k)
      EXPECT_TRUE(together[k] == alone[k] || (std::isnan(together[k]) && std::isnan(alone[k])))
          << stored.label() << ", field " << k;
  }
}

TEST(ChainDiagnostics, TheComparisonCanFail) {
  EXPECT_EQ(relative_difference(not_a_number, not_a_number), 0);
  EXPECT_EQ(relative_difference(infinity, infinity), 0);
  EXPECT_GT(relative_difference(not_a_number, 1), tolerance);
  EXPECT_GT(relative_difference(1, not_a_number), tolerance);
  EXPECT_GT(relative_difference(infinity, 1), tolerance);
  EXPECT_GT(relative_difference(1, infinity), tolerance);
  EXPECT_GT(relative_difference(1e-300, 0), tolerance);
  EXPECT_GT(relative_difference(1 + 1.1e-10, 1), tolerance);
  EXPECT_LE(relative_difference(1 + 0.9e-10, 1), tolerance);
}

// Estimators that are nearly right are told from ArviZ's.
TEST(ChainDiagnostics, WrongVariantsDisagree) {
  int unranked = 0, misread = 0, perturbed = 0;
  for (const Case& stored : stored_cases()) {
    if (stored.recipe.name != "ar1" && stored.recipe.name != "many_chains") continue;
    const ChainDiagnostics& expected = stored.expected;
    // ESS capped at N log10(N) is the same for all estimators.
    const bool capped = expected.bulk_ess == expected.mean_ess;
    unranked += !capped && relative_difference(mean_ess(stored.draws()), expected.bulk_ess) > 1e-6;
    const ChainDraws exchanged(stored.values, stored.recipe.draws, stored.recipe.chains);
    misread += worst_difference(diagnose(exchanged), expected) > 1e-6;
    std::vector<double> values = stored.values;
    values[0] += 1e-3;
    const ChainDraws moved(values, stored.recipe.chains, stored.recipe.draws);
    perturbed += worst_difference(diagnose(moved), expected) > tolerance;
  }
  EXPECT_GE(unranked, 25);
  EXPECT_EQ(misread, 34);
  EXPECT_EQ(perturbed, 34);
}

TEST(ChainDiagnostics, TellsGoodChainsFromBadOnes) {
  Recipe recipe{"", 7, 4, 2000};
  const std::vector<double> independent = make_values(recipe);
  const ChainDiagnostics good = diagnose({independent, 4, 2000});
  EXPECT_NEAR(good.rhat, 1, 0.005);
  EXPECT_NEAR(good.mean_ess, 8000, 800);
  // The standard deviation of a sum of four uniforms is sqrt(1/3).
  EXPECT_NEAR(good.mean_mcse, std::sqrt(1.0 / 3 / 8000), 0.0005);
  recipe.shift = 1;
  const std::vector<double> apart = make_values(recipe);
  EXPECT_GT(diagnose({apart, 4, 2000}).rhat, 1.5);
  EXPECT_LT(diagnose({apart, 4, 2000}).bulk_ess, 20);
  // Autocorrelation rho divides the effective size by (1 + rho) / (1 - rho).
  recipe.shift = 0;
  recipe.rho = 0.5;
  const std::vector<double> slow = make_values(recipe);
  EXPECT_NEAR(diagnose({slow, 4, 2000}).mean_ess, 8000 / 3.0, 400);
}

TEST(ChainDiagnostics, EmptyDrawsAreNaN) {
  for (const ChainDraws& draws : {ChainDraws({}, 0, 0), ChainDraws({}, 3, 0), ChainDraws({}, 0, 9)})
    for (const ChainDiagnostics& found : {diagnose(draws), one_by_one(draws)})
      for (const double value : fields(found)) EXPECT_TRUE(std::isnan(value));
}

TEST(ChainDiagnostics, RefusesOtherSizes) {
  const std::vector<double> values(12);
  EXPECT_NO_THROW(ChainDraws(values, 3, 4));
  EXPECT_THROW(ChainDraws(values, 3, 5), std::invalid_argument);
  EXPECT_THROW(ChainDraws(values, 2, 4), std::invalid_argument);
  EXPECT_THROW(ChainDraws(values, 0, 12), std::invalid_argument);
  EXPECT_THROW(ChainDraws(values, 12, 0), std::invalid_argument);
  EXPECT_THROW(ChainDraws({}, 1, 1), std::invalid_argument);
  // chains * draws would wrap around to 12
  EXPECT_THROW(ChainDraws(values, (std::size_t{1} << 62) + 3, 4), std::invalid_argument);
}

TEST(NormalQuantile, InvertsTheDistributionFunction) {
  // Both tails, and both sides of the limits of the approximations at exp(-2) and exp(-32).
  for (const double p : {1e-300, 1e-100, 1e-20, 1.26e-14, 1.27e-14, 1e-9, 1e-3, 0.025, 0.1353352,
                         0.1353353, 0.25, 0.4999, 0.6, 0.8646647, 0.8646648, 0.9, 0.999}) {
    const double q = normal_quantile(p);
    const double probability = 0.5 * std::erfc(-q / std::sqrt(2.0));
    // An error of q, relative to it, shows in p multiplied by up to q^2.
    EXPECT_NEAR(probability, p, 1e-15 * p * (4 + q * q)) << p;
  }
}

TEST(NormalQuantile, KnowsPublishedValues) {
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_DOUBLE_EQ(normal_quantile(0.975), 1.959963984540054);
  EXPECT_DOUBLE_EQ(normal_quantile(0.025), -1.959963984540054);
  EXPECT_DOUBLE_EQ(normal_quantile(0.75), 0.6744897501960817);
  EXPECT_EQ(normal_quantile(0), -infinity);
  EXPECT_EQ(normal_quantile(1), infinity);
  for (const double outside : {-1e-300, 1.0000000001, infinity, not_a_number})
    EXPECT_TRUE(std::isnan(normal_quantile(outside)));
}

// The definition, in O(n^2).
double direct_autocovariance(const std::vector<double>& rows, const std::vector<double>& means,
                             std::size_t lag) {
  const std::size_t length = rows.size() / means.size();
  double sum = 0;
  for (std::size_t row = 0; row < means.size(); ++row) {
    const double* x = &rows[row * length];
    for (std::size_t i = 0; i + lag < length; ++i)
      sum += (x[i] - means[row]) * (x[i + lag] - means[row]);
  }
  return sum / static_cast<double>(rows.size());
}

TEST(Autocovariance, IsTheDefinition) {
  Source source(11);
  for (const std::size_t length : {1u, 2u, 3u, 4u, 7u, 64u, 65u, 300u}) {
    Autocovariance autocovariance(length);
    for (const std::size_t count : {1u, 2u, 3u, 8u}) {
      std::vector<double> rows(count * length), means(count);
      for (double& value : rows) value = source.noise("bell");
      for (double& mean : means) mean = source.noise("uniform");
      const auto found = autocovariance.mean_over_rows(rows, means);
      ASSERT_EQ(found.size(), length);
      for (std::size_t lag = 0; lag < length; ++lag)
        EXPECT_NEAR(found[lag], direct_autocovariance(rows, means, lag), 1e-14)
            << length << ' ' << count << ' ' << lag;
    }
  }
}

TEST(Autocovariance, RefusesOtherSizes) {
  EXPECT_THROW(Autocovariance(0), std::invalid_argument);
  Autocovariance autocovariance(5);
  const std::vector<double> rows(10), means(2), none;
  EXPECT_NO_THROW(autocovariance.mean_over_rows(rows, means));
  EXPECT_THROW(autocovariance.mean_over_rows(rows, none), std::invalid_argument);
  EXPECT_THROW(autocovariance.mean_over_rows(means, means), std::invalid_argument);
}

}  // namespace
}  // namespace kgon
