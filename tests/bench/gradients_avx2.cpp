// Compiled with -mavx2 -mfma: includes nothing but device-safe headers, whose functions are always
// inlined, so that no copy for AVX2 reaches the rest of the program.
#include "gradients_avx2.hpp"

#include "kgon/math/pack.hpp"
#include "kgon/model/tms/population.hpp"
#include "kgon/model/tms/sorted_loss.hpp"

namespace kgon::bench {
namespace {

using S = Pack<float, lanes>;

template <class Loss>
KGON_FUNCTION void for_each_pack(const Points& points, double* losses, float* gradients,
                                 const Loss& loss) {
  constexpr std::size_t pack = std::size_t{parameters} * lanes;
  for (std::size_t k = 0; k < points.packs; ++k) {
    S w[parameters], gradient[parameters];
    for (std::uint32_t p = 0; p < parameters; ++p) w[p] = S::load(points.w + k * pack + p * lanes);
    loss(w, gradient).store(losses + k * lanes);
    for (std::uint32_t p = 0; p < parameters; ++p)
      gradient[p].store(gradients + k * pack + p * lanes);
  }
}

}  // namespace

void population_gradients_avx2(const Points& points, double* losses, float* gradients) {
  for_each_pack(points, losses, gradients, [](const S* w, S* gradient) KGON_LAMBDA {
    return tms::PopulationLoss<S, 2, features>{}(w, gradient);
  });
}

void sorted_gradients_avx2(const Points& points, const tms::SortedSamples& data, double* losses,
                           float* gradients) {
  for_each_pack(points, losses, gradients, [&](const S* w, S* gradient) KGON_LAMBDA {
    return tms::SortedLoss<S, 2, features>{}(w, data, gradient);
  });
}

}  // namespace kgon::bench
