// Which k-gon phase a point is in.
#pragma once

#include "kgon/math/elementary.hpp"
#include "kgon/model/tms/phase.hpp"
#include "kgon/model/tms/shape.hpp"

namespace kgon::tms {

struct PhaseObservation {
  PhaseCode phase;       // label of the structure, or phase_other
  PhaseCode hull_phase;  // W_{k,sigma}: hull vertices of all columns, biases > 0
  // phi, the large negative biases: columns longer than PhaseTolerance::vertex_length of the
  // longest firing one (or of 1) whose output never fires; -1 where hidden is not 2
  std::int8_t negative_biases;
  bool on_plateau;

  // Whether this is another gon than that of a point with such a label and such hull vertices: in
  // thermal motion the bias of a dead column changes its sign, and with it sigma and the label,
  // while the chain stays in one well. A well of lower loss shows in the energies.
  KGON_FUNCTION bool is_another_gon(PhaseCode label, PhaseCode hull) const {
    return phase != phase_other && phase_vertices(phase) != phase_vertices(label) &&
           phase_vertices(hull_phase) != phase_vertices(hull);
  }
};

// For hidden = 2; other hidden dimensions have no k-gons and give phase_other.
template <int H, int C>
struct PhaseClassifier {
  using Layout = Shape<H, C>;
  const PhaseLevels* levels;

  // w: [parameters]; loss and gradient norm of the population loss at w.
  KGON_FUNCTION PhaseObservation operator()(const double* w, double loss,
                                            double gradient_norm) const {
    PhaseObservation seen{phase_other, phase_other, -1, false};
    if constexpr (H == 2) {
      const double longest2 = longest_squared(w);
      const int hull = hull_vertices(w, longest2);
      int positive = 0;
      for (int j = 0; j < C; ++j) positive += w[Layout::bias(j)] > 0 ? 1 : 0;
      seen.hull_phase = phase_code(hull, positive, 0);
      const PhaseLevel* level = structure(w, hull, seen.negative_biases);
      if (level != nullptr) {
        seen.phase = level->code;
        const double off = loss - level->loss;
        const double allowed = levels->tolerance.loss / (4.0 * C * C);
        seen.on_plateau =
            off <= allowed && -off <= allowed && gradient_norm <= levels->tolerance.gradient;
      }
    }
    return seen;
  }

  // Vertices of the convex hull of the columns. Columns closer than 1e-6 of the longest are one
  // point; a point on an edge is no vertex.
  KGON_FUNCTION int hull_vertices(const double* w, double longest2) const {
    const double same2 = 1e-12 * longest2;
    bool first[C];
    int distinct = 0;
    for (int j = 0; j < C; ++j) {
      first[j] = true;
      for (int i = 0; i < j; ++i) first[j] = first[j] && distance_squared(w, i, j) > same2;
      distinct += first[j] ? 1 : 0;
    }
    if (distinct <= 2) return distinct;
    int vertices = 0;
    for (int j = 0; j < C; ++j) {
      bool vertex = false;
      for (int i = 0; i < C; ++i) {
        vertex = vertex || (first[i] && i != j && supports(w, first, j, i, longest2));
      }
      vertices += first[j] && vertex ? 1 : 0;
    }
    return vertices;
  }

  KGON_FUNCTION double longest_squared(const double* w) const {
    double longest2 = 0;
    for (int j = 0; j < C; ++j) {
      const double l2 = column_dot<H, C>(w, j, j, 0.0);
      longest2 = l2 > longest2 ? l2 : longest2;
    }
    return longest2;
  }

 private:
  KGON_FUNCTION double x(const double* w, int j) const { return w[Layout::weight(0, j)]; }
  KGON_FUNCTION double y(const double* w, int j) const { return w[Layout::weight(1, j)]; }
  KGON_FUNCTION double distance_squared(const double* w, int i, int j) const {
    const double dx = x(w, i) - x(w, j), dy = y(w, i) - y(w, j);
    return dx * dx + dy * dy;
  }
  // Whether all points lie to the left of the ray from j through i, or on the ray itself.
  KGON_FUNCTION bool supports(const double* w, const bool* first, int j, int i,
                              double longest2) const {
    const double ex = x(w, i) - x(w, j), ey = y(w, i) - y(w, j);
    for (int m = 0; m < C; ++m) {
      if (!first[m] || m == j) continue;
      const double dx = x(w, m) - x(w, j), dy = y(w, m) - y(w, j);
      const double cross = ex * dy - ey * dx, dot = ex * dx + ey * dy;
      const double flat = 1e-9 * longest2;
      if (cross < -flat || (cross <= flat && dot <= 0)) return false;
    }
    return true;
  }

  // The standard k-gon whose structure w has; null if none. negative_biases: as observed.
  KGON_FUNCTION const PhaseLevel* structure(const double* w, int hull,
                                            std::int8_t& negative_biases) const {
    bool fires[C], vertex[C];
    double longest2 = 1;  // no standard k-gon has shorter vertices than the 4-gon's 1
    for (int j = 0; j < C; ++j) {
      fires[j] = !is_silent(w, j);
      const double l2 = column_dot<H, C>(w, j, j, 0.0);
      longest2 = fires[j] && l2 > longest2 ? l2 : longest2;
    }
    const double vertex2 =
        levels->tolerance.vertex_length * levels->tolerance.vertex_length * longest2;
    int firing = 0, sigma = 0, negative = 0;
    for (int j = 0; j < C; ++j) {
      const bool is_long = column_dot<H, C>(w, j, j, 0.0) > vertex2;
      vertex[j] = fires[j] && is_long;
      firing += vertex[j] ? 1 : 0;
      negative += !fires[j] && is_long ? 1 : 0;
      const bool positive = w[Layout::bias(j)] > levels->tolerance.positive_bias / (2.0 * C);
      sigma += fires[j] && !vertex[j] && positive ? 1 : 0;
    }
    negative_biases = static_cast<std::int8_t>(negative);
    // A long silent column is a vertex too, but beside four firing ones or close to one of them its
    // input wakes an output. Its length is free, and several may lie along one another.
    const int phi = silent_directions(w, fires, vertex, vertex2);
    if (phi < 0 || (phi > 0 && firing >= 4)) return nullptr;
    const int k = firing + phi;
    if (phi == 0 && k != hull) return nullptr;
    const PhaseCode code = k <= C ? phase_code(k, sigma, phi) : phase_other;
    for (int l = 0; l < levels->count; ++l) {
      const PhaseLevel& level = levels->level[l];
      if (level.code != code) continue;
      return is_regular(w, vertex, k, phi == 0, level.length) ? &level : nullptr;
    }
    return nullptr;
  }

  // Whether output j never fires, whatever the input.
  KGON_FUNCTION bool is_silent(const double* w, int j) const {
    double most = 0;
    // Unrolled whole, many features would be read ahead into more registers than there are.
    KGON_NO_UNROLL_ON_DEVICE
    for (int i = 0; i < C; ++i) {
      const double dot = column_dot<H, C>(w, i, j, 0.0);
      most = dot > most ? dot : most;
    }
    return w[Layout::bias(j)] + most <= 0;
  }

  // Directions of silent columns longer than sqrt(least2); those less than a narrowest gap of a
  // square apart are one. -1 where one lies that close to a firing vertex.
  KGON_FUNCTION int silent_directions(const double* w, const bool* fires, const bool* vertex,
                                      double least2) const {
    double sine, narrowest;
    sin_cos_turn<double>(turn_word(4, 1 - levels->tolerance.angle), sine, narrowest);
    int directions = 0;
    bool counted[C];
    for (int j = 0; j < C; ++j) {
      const double l2 = column_dot<H, C>(w, j, j, 0.0);
      const bool silent = !fires[j] && l2 > least2;
      counted[j] = silent;
      for (int i = 0; i < C; ++i) {
        const double scale = square_root(l2 * column_dot<H, C>(w, i, i, 0.0));
        if (i == j || column_dot<H, C>(w, i, j, 0.0) <= narrowest * scale) continue;
        if (silent && vertex[i]) return -1;
        if (i < j && counted[i]) counted[j] = false;
      }
      directions += counted[j] ? 1 : 0;
    }
    return directions;
  }

  // The angle part * 2 pi / k as sin_cos_turn takes it.
  static KGON_FUNCTION std::uint32_t turn_word(int k, double part) {
    return static_cast<std::uint32_t>(4294967296.0 / k * part);
  }

  // Whether the vertices have the length and, where `closed`, the gaps of a standard k-gon; a gon
  // with silent vertices has gaps of any size above the narrowest.
  KGON_FUNCTION bool is_regular(const double* w, const bool* vertex, int k, bool closed,
                                double length) const {
    double sine, widest, narrowest;
    sin_cos_turn<double>(turn_word(k, 1 + levels->tolerance.angle), sine, widest);
    sin_cos_turn<double>(turn_word(k, 1 - levels->tolerance.angle), sine, narrowest);
    const double low = length * (1 - levels->tolerance.length),
                 high = length * (1 + levels->tolerance.length);
    for (int j = 0; j < C; ++j) {
      if (!vertex[j]) continue;
      const double l2 = column_dot<H, C>(w, j, j, 0.0);
      if (l2 < low * low || l2 > high * high) return false;
      // Vertices less than a narrowest gap apart are not neighbours of a regular k-gon, and with k
      // of them on the circle some gap is then wider than the widest.
      int neighbours = 0;
      for (int i = 0; i < C; ++i) {
        if (!vertex[i] || i == j) continue;
        const double scale = square_root(l2 * column_dot<H, C>(w, i, i, 0.0));
        const double cosine = column_dot<H, C>(w, i, j, 0.0) / scale;
        if (cosine > narrowest) return false;
        const double cross = x(w, j) * y(w, i) - y(w, j) * x(w, i);
        neighbours += cosine >= widest && cross > 0 ? 1 : 0;
      }
      if (closed && neighbours == 0) return false;
    }
    return true;
  }
};

}  // namespace kgon::tms
