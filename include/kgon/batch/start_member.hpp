// Where a member starts.
#pragma once

#include "kgon/batch/cell_settings.hpp"
#include "kgon/rng/distributions.hpp"

namespace kgon {

// w_p = point_p + noise * z_p with z standard normal; scalar types only. z is drawn in double, so
// that float and double runs start at the same point up to its rounding.
template <class Model, class Real>
struct StartMember {
  const CellSettings& cell;
  const double* points;  // [start_points, parameters]

  // w: parameter p goes to w[p * stride].
  KGON_FUNCTION void operator()(std::uint64_t member, Real* w, int stride) const {
    constexpr int P = Model::parameters;
    const double* point = points + (member % cell.start_points) * P;
    const auto stream = member_stream(cell, member);
    for (int p = 0; p < P; p += 4) {
      const auto words = philox(stream, Purpose::initial_noise, static_cast<std::uint64_t>(p / 4));
      double z[4];
      normal_pair<double>(words.word[0], words.word[1], z[0], z[1]);
      normal_pair<double>(words.word[2], words.word[3], z[2], z[3]);
      KGON_UNROLL
      for (int k = 0; k < 4; ++k) {
        if (p + k < P)
          w[(p + k) * stride] = static_cast<Real>(fma(cell.start_noise, z[k], point[p + k]));
      }
    }
  }
};

}  // namespace kgon
