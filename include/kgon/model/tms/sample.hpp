// A sample of the sparse limit of TMS: x = mu e_i, i uniform on the features, mu ~ U(0, 1].
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon::tms {

inline constexpr int magnitude_bits = 23;

// A sample in one word: feature << 23 | m, mu = (m + 1) 2^-23. The order of the words is the order
// by (feature, mu), so sorting a data set is sorting integers. From one uniform word by exact
// arithmetic: the feature is its upper part in base `features`, mu the upper 23 bits of the rest.
template <class W>
KGON_FUNCTION W draw_sample(W word, std::uint32_t features) {
  W low, feature;
  multiply_wide(word, features, low, feature);
  return (feature << magnitude_bits) | (low >> (32 - magnitude_bits));
}

template <class W>
KGON_FUNCTION W sample_feature(W sample) {
  return sample >> magnitude_bits;
}

// m + 1: mu in units of 2^-23.
template <class W>
KGON_FUNCTION W sample_units(W sample) {
  return (sample & W((1u << magnitude_bits) - 1)) + W(1u);
}

// mu, exact in float.
template <class S>
KGON_FUNCTION S sample_magnitude(WordOf<S> sample) {
  return to_scalar<S>(sample_units(sample)) * S(RealOf<S>(1.0 / (1 << magnitude_bits)));
}

}  // namespace kgon::tms
