#include "engine/catalogue_polygon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "engine/catalogue_population.hpp"

namespace kgon::tms {
namespace {

using Real = long double;
using Polynomial = std::vector<Real>;  // coefficients, constant first

// Sums over the 1 + 2s vertices whose angle to a given one is below a quarter turn.
struct PolygonSystem {
  Real cosine_squares = 1;  // F
  Real cosines = 1;         // G
  Real secants = 1;         // S
  Real active = 1;          // M
  Real last_cosine = 1;     // cos(s alpha)
};

PolygonSystem polygon_system(int k) {
  if (k < 3)
    throw std::invalid_argument(fmt::format("a polygon has at least 3 vertices, not {}", k));
  // s is the integer in [k/4 - 1, k/4): a vertex at exactly a quarter turn does not count.
  const int neighbours = (k - 1) / 4;
  PolygonSystem system;
  for (int j = 1; j <= neighbours; ++j) {
    const Real cosine = turn_direction<Real>(j, k)[0];
    system.cosine_squares += 2 * cosine * cosine;
    system.cosines += 2 * cosine;
    system.secants += 2 / cosine;
    system.active += 2;
    system.last_cosine = cosine;
  }
  return system;
}

Real evaluate(const Polynomial& polynomial, Real t) {
  Real value = 0;
  for (auto it = polynomial.rbegin(); it != polynomial.rend(); ++it) value = value * t + *it;
  return value;
}

Polynomial derivative(const Polynomial& polynomial) {
  Polynomial result;
  for (std::size_t power = 1; power < polynomial.size(); ++power) {
    result.push_back(static_cast<Real>(power) * polynomial[power]);
  }
  return result;
}

// The sign change between low and high, to the last bits.
Real bisect(const Polynomial& polynomial, Real low, Real high) {
  const bool rising = evaluate(polynomial, low) < 0;
  for (int round = 0; round < 80; ++round) {
    const Real middle = (low + high) / 2;
    ((evaluate(polynomial, middle) < 0) == rising ? low : high) = middle;
  }
  return (low + high) / 2;
}

// The points of (low, high) where the polynomial changes sign, ascending. Between two neighbouring
// roots of its derivative it is monotone, so none is missed.
std::vector<Real> sign_changes(const Polynomial& polynomial, Real low, Real high) {
  std::vector<Real> roots;
  if (polynomial.size() < 2) return roots;
  std::vector<Real> ends = sign_changes(derivative(polynomial), low, high);
  ends.insert(ends.begin(), low);
  ends.push_back(high);
  for (std::size_t piece = 0; piece + 1 < ends.size(); ++piece) {
    const Real left = evaluate(polynomial, ends[piece]);
    const Real right = evaluate(polynomial, ends[piece + 1]);
    if ((left < 0) != (right < 0))
      roots.push_back(bisect(polynomial, ends[piece], ends[piece + 1]));
  }
  return roots;
}

// With y = -t x^2 both equations are linear in x^2, and eliminating it leaves a quartic in t:
//   x^2 (G - 2 t M + t^2 S) = 1 - t^2,   x^2 (2 F - 3 t G + t^3 S) = 2 (1 - t^3).
std::vector<Real> threshold_ratios(const PolygonSystem& system) {
  const Real f = system.cosine_squares, g = system.cosines, s = system.secants, m = system.active;
  // No neighbour fires (k = 3, 4): the quartic is t (1 - t)^3, whose threefold root has x = inf.
  if (m == 1) return {0};
  return sign_changes({2 * (f - g), 2 * f - 5 * g + 4 * m, 4 * m - 5 * g - 2 * s, 4 * m - s, -s}, 0,
                      1);
}

std::array<Real, 2> residual(const PolygonSystem& system, Real x, Real y) {
  const Real f = system.cosine_squares, g = system.cosines, s = system.secants, m = system.active;
  const Real u = x * x, u2 = u * u, u3 = u2 * u;
  return {u3 * g + u * y * y * s + 2 * u2 * y * m + y * y - u2,
          2 * u2 * u2 * f + 3 * u3 * y * g - u * y * y * y * s - 2 * u3 - 2 * y * y * y};
}

// One Newton step for the two equations in (x, y); returns its length.
Real newton_step(const PolygonSystem& system, Real& x, Real& y) {
  const Real f = system.cosine_squares, g = system.cosines, s = system.secants, m = system.active;
  const Real x3 = x * x * x, x5 = x3 * x * x;
  const Real px = 6 * x5 * g + 2 * x * y * y * s + 8 * x3 * y * m - 4 * x3;
  const Real py = 2 * x * x * y * s + 2 * x3 * x * m + 2 * y;
  const Real qx = 16 * x5 * x * x * f + 18 * x5 * y * g - 2 * x * y * y * y * s - 12 * x5;
  const Real qy = 3 * x5 * x * g - 3 * x * x * y * y * s - 6 * y * y;
  const auto [p, q] = residual(system, x, y);
  const Real determinant = px * qy - py * qx;
  const Real dx = (p * qy - q * py) / determinant;
  const Real dy = (q * px - p * qx) / determinant;
  x -= dx;
  y -= dy;
  return std::hypot(dx, dy);
}

// Polishes the quartic's root on the system itself, until a step is below 1e-15 of the point.
PolygonSolution polish(const PolygonSystem& system, Real x, Real y) {
  for (int round = 0; round < 50; ++round) {
    if (newton_step(system, x, y) <= 1e-15L * std::hypot(x, y)) {
      return {static_cast<double>(x), static_cast<double>(y) + 0.0};  // + 0.0: no negative zero
    }
  }
  throw std::runtime_error("Newton's iteration for a k-gon did not settle");
}

// The polynomials come from the formula of one chamber; the true gradient has the last word.
bool is_critical(int k, const PolygonSolution& solution) {
  std::vector<double> parameters(static_cast<std::size_t>(3 * k), solution.bias);
  for (int j = 0; j < k; ++j) {
    const auto direction = turn_direction<double>(j, k);
    parameters[static_cast<std::size_t>(j)] = solution.length * direction[0];
    parameters[static_cast<std::size_t>(k + j)] = solution.length * direction[1];
  }
  double norm2 = 0;
  for (const double entry : host_population_gradient(parameters)) norm2 += entry * entry;
  return std::sqrt(norm2) <= 1e-10;
}

std::string rejection(int k, const std::vector<PolygonRoot>& roots) {
  if (roots.empty()) {
    return fmt::format("the polynomial system of the {}-gon has no root with l > 0, -l^2 < b <= 0",
                       k);
  }
  const PolygonSolution& root = roots.front().solution;
  const double needed =
      -root.length * root.length * static_cast<double>(polygon_system(k).last_cosine);
  return fmt::format(
      "the root l = {:.6f}, b = {:.6f} of the polynomial system of the {}-gon breaks the gon "
      "constraint b > -l^2 cos(s alpha) = {:.6f}",
      root.length, root.bias, k, needed);
}

}  // namespace

template <class T>
std::array<T, 2> turn_direction(int j, int k) {
  // 4 j = quarter * k + rest: only the rest, below a quarter turn, needs cos and sin.
  const long long fourfold = 4LL * (((j % k) + k) % k);
  const auto quarter = fourfold / k;
  const auto rest = static_cast<T>(fourfold % k);
  const T angle = rest * std::numbers::pi_v<T> / (2 * static_cast<T>(k));
  const T cosine = std::cos(angle), sine = std::sin(angle);
  if (quarter == 0) return {cosine, sine};
  if (quarter == 1) return {-sine, cosine};
  if (quarter == 2) return {-cosine, -sine};
  return {sine, -cosine};
}

template std::array<double, 2> turn_direction<double>(int, int);
template std::array<long double, 2> turn_direction<long double>(int, int);

std::vector<PolygonRoot> polygon_roots(int k) {
  const PolygonSystem system = polygon_system(k);
  std::vector<PolygonRoot> roots;
  for (const Real t : threshold_ratios(system)) {
    const Real denominator = system.cosines - 2 * t * system.active + t * t * system.secants;
    const Real length2 = (1 - t * t) / denominator;
    if (!(length2 > 0)) continue;
    const PolygonSolution solution = polish(system, std::sqrt(length2), -t * length2);
    roots.push_back({solution, t < system.last_cosine});
  }
  return roots;
}

std::array<double, 2> polygon_residual(int k, const PolygonSolution& point) {
  const auto [first, second] = residual(polygon_system(k), point.length, point.bias);
  return {static_cast<double>(first), static_cast<double>(second)};
}

std::optional<PolygonSolution> solve_polygon(int k, std::string* reason) {
  if (k < 3) {
    if (reason != nullptr) *reason = fmt::format("a polygon has at least 3 vertices, not {}", k);
    return std::nullopt;
  }
  const std::vector<PolygonRoot> roots = polygon_roots(k);
  for (const PolygonRoot& root : roots) {
    if (root.is_gon && is_critical(k, root.solution)) return root.solution;
  }
  if (reason != nullptr) *reason = rejection(k, roots);
  return std::nullopt;
}

}  // namespace kgon::tms
