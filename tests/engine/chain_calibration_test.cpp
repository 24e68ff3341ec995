// Simulation-based calibration of hmc and nuts (Talts, Betancourt, Simpson, Vehtari and Gelman
// 2018, arXiv 1804.06788): where a truth is drawn from the prior and data from the truth, the rank
// of the truth among independent draws from the posterior is uniform, whatever one looks at. And
// faults planted into both samplers, each of which the same comparison has to catch.
//
// Bound. Among 63 draws there are 64 ranks: 16 bins of 4 ranks, 62.5 of 1,000 replications in each.
// There are 24 statistics: 2 samplers, 3 models, of each model 3 functions of the parameters and
// the loss. For a false alarm in any of them with a chance of 1e-4 each may have 1e-4 / 24 = 4.2e-6
// (Bonferroni; they need not be independent): uniform_z, the normal variable that Wilson and
// Hilferty make of a chi-square one with 15 degrees of freedom, stays below the normal quantile of
// 1 - 4.2e-6, which is 4.46.
//
// Thinning. Given the truth's place u among the posterior, the share of draws below it has the
// variance u (1 - u) tau / 63 with an autocorrelation time tau, on average tau / 378. That adds
// (tau - 1) / 378 to the ranks' variance of 1/12 + 1/378: a part 2 (tau - 1) / 65. The variance of
// 1,000 uniform ranks has a standard error of sqrt(0.8 / 1000) = 2.8 % of it. With tau < 1.3 (and
// above 0.7, as draws of nuts may be antithetic) autocorrelation adds 0.9 %, a third of it, and
// cannot be told from none. The estimates of tau have 2,000 degrees of freedom, and with them a
// standard error of 3 % or little more.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "engine/chain_island.hpp"
#include "engine/normal_quantile.hpp"
#include "support/calibration_models.hpp"
#include "support/emulated_nuts.hpp"
#include "support/emulated_particles.hpp"
#include "support/statistics.hpp"

namespace kgon {
namespace {

using test::LinearRegression, test::LogisticRegression, test::NormalCrossing;

constexpr std::uint32_t chains = 3, draws_of_chain = 21, draws = chains * draws_of_chain;
constexpr std::size_t bins = 16;
static_assert((draws + 1) % bins == 0);
constexpr double false_alarms = 1e-4, statistics_in_all = 24;
constexpr double most_correlated = 0.3;  // |tau - 1|

double rank_bound() {
  return normal_quantile(1 - false_alarms / statistics_in_all);
}

struct Lengths {
  std::uint32_t thin;
  std::uint32_t leapfrogs = 1;  // of hmc, at most
};

template <class Model>
SamplePlan plan_of(const Lengths& lengths) {
  SamplePlan plan;
  plan.shape = {Model::parameters - 1, 1};  // as many parameters as the model
  plan.chains.chains = chains;
  plan.chains.warmup = 150;
  plan.chains.thin = lengths.thin;
  plan.smc.leapfrogs = lengths.leapfrogs;
  plan.draws = draws_of_chain;
  SampleRun& run = plan.runs.emplace_back();
  run.key = 7;
  run.population = true;
  run.samples = Model::samples;
  run.beta = Model::beta;
  run.prior_scale = Model::prior_scale;
  return plan;
}

// Every island draws its own random numbers; that of a replication has its number.
void run_sampler(const IslandTask& task, NutsRunner& runner, SampleBlock& block) {
  RunControl control;
  ASSERT_TRUE(run_nuts_island(task, runner, block, control));
}
void run_sampler(const IslandTask& task, ParticleRunner& runner, SampleBlock& block) {
  RunControl control;
  ASSERT_TRUE(run_hmc_island(task, runner, block, control));
}

// One statistic, over replications.
class RankStatistic {
 public:
  // values: [chains, draws_of_chain]
  void add(double truth, const std::vector<double>& values) {
    const auto rank = std::ranges::count_if(values, [&](double x) { return x < truth; });
    ++counts_[static_cast<std::size_t>(rank) / ((draws + 1) / bins)];
    add_variances(values);
  }

  double z() const { return test::uniform_z(counts_); }

  // Of chains of independent draws the mean of squares between chains is that within them; it is
  // the autocorrelation time times as much otherwise. Each replication in units of its variance.
  double autocorrelation_time() const { return between_ / within_; }

 private:
  void add_variances(const std::vector<double>& values) {
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / draws;
    double between = 0, total = 0;
    for (std::uint32_t chain = 0; chain < chains; ++chain) {
      double sum = 0;
      for (std::uint32_t draw = 0; draw < draws_of_chain; ++draw) {
        const double away = values[chain * draws_of_chain + draw] - mean;
        sum += away;
        total += away * away;
      }
      between += sum * sum / draws_of_chain;
    }
    between_ += between / total / (chains - 1);
    within_ += (total - between) / total / (draws - chains);
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(bins);
  double between_ = 0, within_ = 0;
};

// Statistic `of` of the draws in a block.
template <class Of>
std::vector<double> values_of(const SampleBlock& block, int parameters, const Of& of) {
  std::vector<double> values;
  for (std::size_t draw = 0; draw < draws; ++draw)
    values.push_back(of(block.parameters.data() + draw * static_cast<std::size_t>(parameters)));
  return values;
}

template <class Model>
class Calibration {
 public:
  // Looks at each block with `look` while the model still has its data.
  template <class Runner, class Look>
  Calibration(Runner& runner, std::uint32_t replications, const Lengths& lengths,
              const Look& look) {
    const SamplePlan plan = plan_of<Model>(lengths);
    for (std::uint32_t replication = 1; replication <= replications; ++replication) {
      test::WordSource source(replication);
      const auto truth = Model::simulate(source);
      SampleBlock block;
      run_sampler({&plan, 0, replication, nullptr}, runner, block);
      add(truth.data(), block);
      look(block);
    }
  }

  double worst_z() const {
    std::vector<double> scores;
    for (const RankStatistic& statistic : ranks_) scores.push_back(statistic.z());
    return test::worst(scores);
  }

  // The last one is the loss.
  const std::array<RankStatistic, Model::statistics + 1>& ranks() const { return ranks_; }

 private:
  void add(const double* truth, const SampleBlock& block) {
    for (std::size_t k = 0; k < Model::statistics; ++k) {
      const auto look = [&](const double* w) { return Model::look(w)[k]; };
      ranks_[k].add(look(truth), values_of(block, Model::parameters, look));
    }
    double gradient[Model::parameters];
    const double loss = typename Model::template Population<double>{}(truth, gradient);
    ranks_[Model::statistics].add(loss, block.loss);
  }

  std::array<RankStatistic, Model::statistics + 1> ranks_;
};

constexpr std::uint32_t all_replications = 1000;
constexpr auto no_look = [](const SampleBlock&) {};

template <class Model>
void expect_calibrated(const Calibration<Model>& calibration) {
  for (std::size_t k = 0; k < calibration.ranks().size(); ++k) {
    const RankStatistic& ranks = calibration.ranks()[k];
    EXPECT_LT(ranks.z(), rank_bound()) << "statistic " << k;
    EXPECT_LT(std::abs(ranks.autocorrelation_time() - 1), most_correlated) << "statistic " << k;
  }
}

template <class Model, class Runner>
void expect_calibrated(const Lengths& lengths) {
  Runner runner;
  expect_calibrated(Calibration<Model>(runner, all_replications, lengths, no_look));
}

template <class Model, class Real>
using Nuts = test::EmulatedNutsRunner<Model, Real, false>;
template <class Model, class Real>
using Hmc = test::EmulatedParticleRunner<Model, Real, false>;

// Posterior means and covariances of linear regression against their closed form. The posterior is
// N(m, C) with C^-1 = 1 / s^2 + n beta mean(x x^T) and C^-1 m = n beta mean(x y): with C^-1 = R R^T
// the coordinates v = R^T (w - m) of draws are standard normal. Means of v_i and v_i v_j over a
// replication are independent of other replications' whatever the correlation within. With the
// truth averaged out they see smaller faults than ranks do.
class LinearMoments {
 public:
  void operator()(const SampleBlock& block) {
    factorise();
    double sums[moments] = {};
    for (std::size_t draw = 0; draw < draws; ++draw) add(block.parameters.data() + draw * P, sums);
    for (std::size_t m = 0; m < moments; ++m) {
      const double mean = sums[m] / draws;
      sums_[m] += mean;
      squares_[m] += mean * mean;
    }
    ++replications_;
  }

  double worst_z() const {
    std::vector<double> scores;
    for (std::size_t m = 0; m < moments; ++m) {
      const double mean = sums_[m] / replications_;
      const double variance = squares_[m] / replications_ - mean * mean;
      scores.push_back(mean / std::sqrt(variance / replications_));
    }
    return test::worst(scores);
  }

 private:
  static constexpr std::size_t P = LinearRegression::parameters, moments = P + P * (P + 1) / 2;

  // Cholesky's R, and R^T m by forward substitution: R (R^T m) = C^-1 m.
  void factorise() {
    constexpr double nbeta = LinearRegression::beta * LinearRegression::samples;
    const double prior = std::pow(LinearRegression::prior_scale, -2);
    const LinearRegression::Data& data = LinearRegression::data;
    for (std::size_t i = 0; i < P; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double rest = nbeta * data.inputs[i][j] + (i == j ? prior : 0);
        for (std::size_t k = 0; k < j; ++k) rest -= root_[i][k] * root_[j][k];
        root_[i][j] = i == j ? std::sqrt(rest) : rest / root_[j][j];
      }
      double rest = nbeta * data.cross[i];
      for (std::size_t k = 0; k < i; ++k) rest -= root_[i][k] * center_[k];
      center_[i] = rest / root_[i][i];
    }
  }

  // v_i, and v_i v_j less what it is on average.
  void add(const double* w, double* sums) const {
    double v[P];
    std::size_t m = 0;
    for (std::size_t i = 0; i < P; ++i) {
      v[i] = -center_[i];
      for (std::size_t k = i; k < P; ++k) v[i] += root_[k][i] * w[k];
      sums[m++] += v[i];
    }
    for (std::size_t i = 0; i < P; ++i)
      for (std::size_t j = 0; j <= i; ++j) sums[m++] += v[i] * v[j] - (i == j ? 1 : 0);
  }

  double root_[P][P] = {}, center_[P] = {};
  double sums_[moments] = {}, squares_[moments] = {};
  double replications_ = 0;
};

template <class Runner>
double worst_moment_z(Runner&& runner, std::uint32_t replications, const Lengths& lengths) {
  LinearMoments moments;
  const auto look = [&](const SampleBlock& block) { moments(block); };
  Calibration<LinearRegression>(runner, replications, lengths, look);
  return std::abs(moments.worst_z());
}

TEST(ChainCalibration, MomentsOfLinearRegression) {
  constexpr std::uint32_t replications = 4000;
  EXPECT_LT(worst_moment_z(Nuts<LinearRegression, double>(), replications, {3}), test::z_bound);
  EXPECT_LT(worst_moment_z(Hmc<LinearRegression, double>(), replications, {4, 4}), test::z_bound);
}

TEST(ChainCalibration, NutsOnLinearRegression) {
  expect_calibrated<LinearRegression, Nuts<LinearRegression, double>>({4});
}
TEST(ChainCalibration, HmcOnLinearRegression) {
  expect_calibrated<LinearRegression, Hmc<LinearRegression, double>>({8, 4});
}
TEST(ChainCalibration, NutsOnLogisticRegression) {
  expect_calibrated<LogisticRegression, Nuts<LogisticRegression, float>>({3});
}
TEST(ChainCalibration, HmcOnLogisticRegression) {
  expect_calibrated<LogisticRegression, Hmc<LogisticRegression, float>>({4, 8});
}
TEST(ChainCalibration, NutsOnANormalCrossing) {
  expect_calibrated<NormalCrossing, Nuts<NormalCrossing, double>>({24});
}
TEST(ChainCalibration, HmcOnANormalCrossing) {
  expect_calibrated<NormalCrossing, Hmc<NormalCrossing, double>>({16, 12});
}

enum class Fault {
  missing_prior,
  narrow_prior,   // half as wide
  hot,            // n beta too small by a rung of 1.4
  cold,           // too large by as much
  same_numbers,   // hmc: every step takes the random numbers of the first
  numbers_twice,  // hmc: every two steps take the same ones
  swapped_test,   // hmc: a step that passed the test is undone where the loss fell
};

double faulty_scale(Fault fault, double scale) {
  if (fault == Fault::missing_prior) return 1e3;
  return fault == Fault::narrow_prior ? scale / 2 : scale;
}

double faulty_nbeta(Fault fault, double nbeta) {
  if (fault == Fault::hot) return nbeta / 1.4;
  return fault == Fault::cold ? nbeta * 1.4 : nbeta;
}

template <class Model>
class FaultyNuts : public Nuts<Model, double> {
 public:
  using Base = Nuts<Model, double>;
  explicit FaultyNuts(Fault fault) : fault_(fault) {}

  void start(const NutsJob& job, std::span<const double> points) override {
    NutsJob faulty = job;
    faulty.settings.prior_scale = faulty_scale(fault_, job.settings.prior_scale);
    faulty.settings.nbeta = faulty_nbeta(fault_, job.settings.nbeta);
    Base::start(faulty, points);
  }

 private:
  Fault fault_;
};

template <class Model>
class FaultyHmc : public Hmc<Model, double> {
 public:
  using Base = Hmc<Model, double>;
  explicit FaultyHmc(Fault fault) : fault_(fault) {}

  void start(const ParticleJob& job) override {
    ParticleJob faulty = job;
    faulty.prior_scale = faulty_scale(fault_, job.prior_scale);
    Base::start(faulty);
  }

  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    ParticleStage faulty = stage;
    faulty.nbeta = faulty_nbeta(fault_, stage.nbeta);
    if (fault_ == Fault::same_numbers) faulty.from = 0;
    if (fault_ == Fault::numbers_twice) faulty.from = stage.from / 2;
    faulty.to = faulty.from + (stage.to - stage.from);
    const Points before = points();
    const std::uint64_t accepted = Base::move(faulty, control);
    if (fault_ == Fault::swapped_test) undo_descents(before);
    return accepted;
  }

 private:
  struct Points {
    std::vector<double> parameters, losses;
  };

  Points points() {
    std::vector<std::uint32_t> everyone(chains);
    std::iota(everyone.begin(), everyone.end(), 0u);
    Points now;
    Base::read_parameters(everyone, now.parameters);
    Base::read_losses(now.losses);
    return now;
  }

  void undo_descents(const Points& before) {
    Points now = points();
    constexpr std::ptrdiff_t P = Model::parameters;
    for (std::uint32_t chain = 0; chain < chains; ++chain) {
      if (now.losses[chain] >= before.losses[chain]) continue;
      now.losses[chain] = before.losses[chain];
      std::copy_n(before.parameters.begin() + chain * P, P, now.parameters.begin() + chain * P);
    }
    Base::place(now.parameters, now.losses);
  }

  Fault fault_;
};

// Without autocorrelation to blame: lengths are those of the sound chains or longer.
template <class Model, class Runner>
double worst_z(Fault fault, std::uint32_t replications, const Lengths& lengths) {
  Runner runner(fault);
  return Calibration<Model>(runner, replications, lengths, no_look).worst_z();
}

TEST(ChainCalibration, CatchesFaultsOfBothSamplers) {
  using Model = LinearRegression;
  for (const Fault fault : {Fault::narrow_prior, Fault::hot, Fault::cold}) {
    SCOPED_TRACE(static_cast<int>(fault));
    EXPECT_GT((worst_z<Model, FaultyNuts<Model>>(fault, all_replications, {4})), rank_bound());
    EXPECT_GT((worst_z<Model, FaultyHmc<Model>>(fault, all_replications, {8, 4})), rank_bound());
  }
}

// Not by ranks on linear regression: with a flat prior the posterior's intervals are confidence
// intervals, right for every truth. Few replications, as the trees are deep.
TEST(ChainCalibration, CatchesAMissingPrior) {
  using Model = LogisticRegression;
  constexpr Fault fault = Fault::missing_prior;
  EXPECT_GT((worst_z<Model, FaultyNuts<Model>>(fault, 100, {4})), rank_bound());
  EXPECT_GT((worst_z<Model, FaultyHmc<Model>>(fault, 100, {4, 8})), rank_bound());
}

TEST(ChainCalibration, MomentsCatchFaultsOfBothSamplers) {
  for (const Fault fault : {Fault::missing_prior, Fault::narrow_prior, Fault::hot, Fault::cold}) {
    SCOPED_TRACE(static_cast<int>(fault));
    EXPECT_GT(worst_moment_z(FaultyNuts<LinearRegression>(fault), 200, {3}), test::z_bound);
    EXPECT_GT(worst_moment_z(FaultyHmc<LinearRegression>(fault), 200, {4, 4}), test::z_bound);
  }
}

// Numbers that serve two steps leave most of a chain's law as it is: that takes more replications.
TEST(ChainCalibration, CatchesFaultsOfHmc) {
  using Model = LinearRegression;
  for (const Fault fault : {Fault::same_numbers, Fault::numbers_twice, Fault::swapped_test})
    EXPECT_GT((worst_z<Model, FaultyHmc<Model>>(fault, 2 * all_replications, {8, 4})), rank_bound())
        << static_cast<int>(fault);
}

}  // namespace
}  // namespace kgon
