// Gradient of the squared error over a minibatch, sample by sample.
#pragma once

#include "kgon/model/tms/sample.hpp"
#include "kgon/model/tms/shape.hpp"

namespace kgon::tms {

// Accumulates sum over samples of ||x - f(x, w)||^2 / 2, differentiated by w. With h = mu W_i the
// unit j fires where h . W_j + b_j > 0, its residual r_j is that value minus [i = j] mu, and
//   d/db_j = r_j,  d/dW_j = r_j h  (as output),  d/dW_i = mu sum_j r_j W_j  (as input).
// The feature i differs from member to member, so the input parts go through `Columns`, a small
// array that can be indexed by a run-time (per-lane) feature:
//   columns.select(h, i) reads W[h][i]; inputs.add(i, mu, x) adds mu[g] x[g][h], rounded once, to
//   the entries (h, i[g]), for g = 0, 1, ... in turn.
// Sums over the output parts and over the input parts are kept apart, each in the order of the
// samples, which makes the result independent of how samples are grouped.
// WithLoss: the sum of ||x - f(x, w)||^2 as well, in `loss`. DeviceUnroll: outputs that a device
// works on at a time; with fewer than C the sums leave its registers, for kernels that need these
// for more.
template <class S, int H, int C, class Columns, bool WithLoss = false, int DeviceUnroll = C>
struct MinibatchGradient {
  using Layout = Shape<H, C>;
  using Word = WordOf<S>;
  using Real = RealOf<S>;

  Columns& columns;  // a copy of W
  Columns& inputs;   // input parts, zero at the start
  S outputs[Layout::parameters];
  S loss;  // only with WithLoss

  KGON_FUNCTION MinibatchGradient(Columns& weights, Columns& input_parts)
      : columns(weights), inputs(input_parts) {
    KGON_UNROLL
    for (int p = 0; p < Layout::parameters; ++p) outputs[p] = S(Real(0));
    if constexpr (WithLoss) loss = S(Real(0));
  }

  // Adds `Group` samples; grouping saves loads and stores of the sums, and changes no bit.
  template <int Group>
  KGON_FUNCTION void add(const S* w, const Word (&samples)[Group]) {
    Word feature[Group];
    S magnitude[Group], hidden[Group][H], back[Group][H];
    KGON_UNROLL
    for (int g = 0; g < Group; ++g) {
      feature[g] = sample_feature(samples[g]);
      magnitude[g] = sample_magnitude<S>(samples[g]);
      KGON_UNROLL
      for (int h = 0; h < H; ++h) {
        hidden[g][h] = magnitude[g] * columns.select(h, feature[g]);
        back[g][h] = S(Real(0));
      }
    }
    KGON_DEVICE_UNROLL(DeviceUnroll)
    for (int j = 0; j < C; ++j) {
      KGON_UNROLL
      for (int g = 0; g < Group; ++g)
        add_output(w, j, feature[g], magnitude[g], hidden[g], back[g]);
    }
    inputs.add(feature, magnitude, back);
  }

  // The whole sum, parameter p in 0..parameters-1.
  KGON_FUNCTION S total(int p) const {
    return p < Layout::weights ? outputs[p] + inputs.value(p) : outputs[p];
  }

 private:
  KGON_FUNCTION void add_output(const S* w, int j, Word feature, S magnitude, const S (&hidden)[H],
                                S (&back)[H]) {
    const S zero(Real(0));
    S value = w[Layout::bias(j)];
    KGON_UNROLL
    for (int h = H - 1; h >= 0; --h) value = fma(hidden[h], w[Layout::weight(h, j)], value);
    const S target = select(feature == Word(static_cast<std::uint32_t>(j)), magnitude, zero);
    const S residual = select(value > zero, value - target, zero);
    if constexpr (WithLoss) {
      const S error = select(value > zero, residual, target);
      loss = fma(error, error, loss);
    }
    outputs[Layout::bias(j)] = outputs[Layout::bias(j)] + residual;
    KGON_UNROLL
    for (int h = 0; h < H; ++h) {
      const int p = Layout::weight(h, j);
      outputs[p] = fma(residual, hidden[h], outputs[p]);
      back[h] = fma(residual, w[p], back[h]);
    }
  }
};

// Columns in an array of S, for the CPU: lanes differ in i, so selection runs over all columns.
template <class S, int H, int C>
struct BlendedColumns {
  S entry[H * C];

  KGON_FUNCTION S select(int h, WordOf<S> i) const {
    using kgon::select;  // unqualified, so that the one for packs is found whatever comes first
    S x = entry[h * C];
    KGON_UNROLL
    for (int j = 1; j < C; ++j) {
      x = select(i == WordOf<S>(static_cast<std::uint32_t>(j)), entry[h * C + j], x);
    }
    return x;
  }
  // Other columns add 0 times a finite number, which changes no bit: sums that start at +0 are
  // never -0, and the guard on the norm keeps everything finite.
  template <int Group>
  KGON_FUNCTION void add(const WordOf<S> (&i)[Group], const S (&magnitude)[Group],
                         const S (&x)[Group][H]) {
    using kgon::select;
    KGON_UNROLL
    for (int j = 0; j < C; ++j) {
      S factor[Group];
      KGON_UNROLL
      for (int g = 0; g < Group; ++g) {
        const auto here = i[g] == WordOf<S>(static_cast<std::uint32_t>(j));
        factor[g] = select(here, magnitude[g], S(RealOf<S>(0)));
      }
      KGON_UNROLL
      for (int h = 0; h < H; ++h) {
        S e = entry[h * C + j];
        KGON_UNROLL
        for (int g = 0; g < Group; ++g) e = fma(factor[g], x[g][h], e);
        entry[h * C + j] = e;
      }
    }
  }
  KGON_FUNCTION S value(int p) const { return entry[p]; }
  KGON_FUNCTION void set(int p, S x) { entry[p] = x; }
};

// Columns at a stride, for one thread with a scalar type: shared memory on the device, entry p of
// thread t at base[p * stride + t], so that no two threads of a warp meet in a bank.
template <class S, int H, int C>
struct StridedColumns {
  S* base;  // already shifted to this thread
  int stride;

  KGON_FUNCTION S select(int h, WordOf<S> i) const {
    return base[(h * C + static_cast<int>(i)) * stride];
  }
  template <int Group>
  KGON_FUNCTION void add(const WordOf<S> (&i)[Group], const S (&magnitude)[Group],
                         const S (&x)[Group][H]) {
    KGON_UNROLL
    for (int g = 0; g < Group; ++g) {
      KGON_UNROLL
      for (int h = 0; h < H; ++h) {
        S& e = base[(h * C + static_cast<int>(i[g])) * stride];
        e = fma(magnitude[g], x[g][h], e);
      }
    }
  }
  KGON_FUNCTION S value(int p) const { return base[p * stride]; }
  KGON_FUNCTION void set(int p, S x) { base[p * stride] = x; }
};

}  // namespace kgon::tms
