// A target that is curved.
#pragma once

#include "support/two_wells.hpp"

namespace kgon::test {

// Two valleys along parabolas, with a length scale that changes along the way.
struct Bananas {
  static constexpr int parameters = 4;
  struct SortedData {};
  using Levels = tms::PhaseLevels;

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      S sum = 0;
      for (int p = 0; p < parameters; p += 2) {
        const S along = 1 - w[p], off = w[p + 1] - w[p] * w[p];
        sum += along * along / 2 + 10 * off * off;
        gradient[p] = -along - 40 * off * w[p];
        gradient[p + 1] = 20 * off;
      }
      return sum;
    }
  };
  using Observation = StretchedWell::Observation;
  using Classifier = StretchedWell::Classifier;
};

}  // namespace kgon::test
