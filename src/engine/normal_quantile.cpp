#include "engine/normal_quantile.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace kgon {
namespace {

// Coefficients, highest power first.
template <std::size_t count>
double evaluate(const std::array<double, count>& polynomial, double x) {
  double value = polynomial[0];
  for (std::size_t k = 1; k < count; ++k) value = value * x + polynomial[k];
  return value;
}

struct Rational {
  std::array<double, 9> numerator, denominator;
};

constexpr double exp_minus_2 = 0.13533528323661269189;
constexpr double sqrt_2_pi = 2.50662827463100050242;

// Of (p - 1/2)^2, for exp(-2) < p < 1 - exp(-2).
constexpr std::array<double, 5> central_numerator = {
    -5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1,
    1.39312609387279679503e1, -1.23916583867381258016e0};
constexpr std::array<double, 9> central_denominator = {1.0,
                                                       1.95448858338141759834e0,
                                                       4.67627912898881538453e0,
                                                       8.63602421390890590575e1,
                                                       -2.25462687854119370527e2,
                                                       2.00260212380060660359e2,
                                                       -8.20372256168333339912e1,
                                                       1.59056225126211695515e1,
                                                       -1.18331621121330003142e0};

// Of 1 / sqrt(-2 log p), for exp(-32) < p <= exp(-2).
constexpr Rational tail = {
    {4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1,
     4.40805073893200834700e1, 1.46849561928858024014e1, 2.18663306850790267539e0,
     -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4},
    {1.0, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1,
     1.50425385692907503408e1, 2.50464946208309415979e0, -1.42182922854787788574e-1,
     -3.80806407691578277194e-2, -9.33259480895457427372e-4}};

// The same for p <= exp(-32), down to the smallest double.
constexpr Rational far_tail = {
    {3.23774891776946035970e0, 6.91522889068984211695e0, 3.93881025292474443415e0,
     1.33303460815807542389e0, 2.01485389549179081538e-1, 1.23716634817820021358e-2,
     3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9},
    {1.0, 6.02427039364742014255e0, 3.67983563856160859403e0, 1.37702099489081330271e0,
     2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4,
     2.89247864745380683936e-6, 6.79019408009981274425e-9}};

// How far below 0 the quantile of p is, 0 < p <= exp(-2).
double tail_distance(double p) {
  const double x = std::sqrt(-2.0 * std::log(p));
  const double inverse = 1.0 / x;
  const Rational& ratio = x < 8.0 ? tail : far_tail;
  const double correction =
      inverse * evaluate(ratio.numerator, inverse) / evaluate(ratio.denominator, inverse);
  return (x - std::log(x) / x) - correction;
}

}  // namespace

double normal_quantile(double probability) {
  if (!(probability >= 0 && probability <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (probability == 0) return -std::numeric_limits<double>::infinity();
  if (probability == 1) return std::numeric_limits<double>::infinity();
  if (probability > 1.0 - exp_minus_2) return tail_distance(1.0 - probability);
  if (probability <= exp_minus_2) return -tail_distance(probability);
  const double y = probability - 0.5;
  const double y2 = y * y;
  const double correction =
      y2 * evaluate(central_numerator, y2) / evaluate(central_denominator, y2);
  return (y + y * correction) * sqrt_2_pi;
}

}  // namespace kgon
