// The polynomial system behind the standard k-gon, with all its candidate roots: what
// solve_polygon() chooses from.
#pragma once

#include <array>
#include <vector>

#include "kgon/engine/catalogue.hpp"

namespace kgon::tms {

// cos and sin of 2 pi j / k, exact at multiples of a quarter turn. k >= 1.
template <class Real>
std::array<Real, 2> turn_direction(int j, int k);

extern template std::array<double, 2> turn_direction<double>(int, int);
extern template std::array<long double, 2> turn_direction<long double>(int, int);

// A root (l, b) of the polynomial system with l > 0 and -l^2 < b <= 0.
struct PolygonRoot {
  PolygonSolution solution;
  bool is_gon;  // -l^2 cos(s alpha) < b: the s nearest vertices on either side do fire
};

// Every such root, k >= 3, in descending bias. Empty where the system has none. Throws
// std::invalid_argument for k < 3, std::runtime_error where Newton's iteration does not settle.
std::vector<PolygonRoot> polygon_roots(int k);

// The left sides of the two equations of the appendix of arXiv 2310.06301 at (length, bias):
//   x^6 G + x^2 y^2 S + 2 x^4 y M + y^2 - x^4,
//   2 x^8 F + 3 x^6 y G - x^2 y^3 S - 2 x^6 - 2 y^3.
std::array<double, 2> polygon_residual(int k, const PolygonSolution& point);

}  // namespace kgon::tms
