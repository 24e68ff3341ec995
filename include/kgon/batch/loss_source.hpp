// Where the loss of chains and particles comes from.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kgon/math/scalar.hpp"

namespace kgon {

// L_n of a data set, or the closed form of L. Kernels are compiled for one of them; on the host,
// where one call does a gradient, code that asks at every call is as fast and half as long.
enum class LossSource : std::uint8_t { data, population, either };

// L_n on a data set that all lanes share. Compact: asked for rarely.
template <class Model, class S, bool Compact = false>
struct SharedDataLoss {
  // Read anew at every call: a device has no registers for it.
  const typename Model::SortedData* data;
  KGON_FUNCTION WideOf<S> operator()(const S* w, S* gradient) const {
    if constexpr (Compact) {
      return typename Model::template CompactSorted<S>{}(w, *data, gradient);
    } else {
      return typename Model::template Sorted<S>{}(w, *data, gradient);
    }
  }
};

// L_n on that data set, or L where it is null.
template <class Model, class S>
struct EitherLoss {
  const typename Model::SortedData* data;
  KGON_FUNCTION WideOf<S> operator()(const S* w, S* gradient) const {
    return data == nullptr ? typename Model::template Population<S>{}(w, gradient)
                           : typename Model::template Sorted<S>{}(w, *data, gradient);
  }
};

template <class Model, class S, LossSource Source, bool Compact = false>
struct LossFrom {
  using Data = typename Model::SortedData;
  using OnData = SharedDataLoss<Model, S, Compact>;
  using Loss = std::conditional_t<
      Source == LossSource::population, typename Model::template Population<S>,
      std::conditional_t<Source == LossSource::data, OnData, EitherLoss<Model, S>>>;

  // data: that of all lanes; unused with the population, which null stands for with `either`.
  static KGON_FUNCTION Loss of(const Data* data) {
    if constexpr (Source == LossSource::population) {
      return {};
    } else {
      return {data};
    }
  }
};

}  // namespace kgon
