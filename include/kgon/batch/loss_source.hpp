// Where the loss of chains and particles comes from.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kgon/math/scalar.hpp"

namespace kgon {

// L_n of a data set, or the closed form of L. Kernels are compiled for one of them; on the host,
// where one call does a gradient, code that asks at every call is as fast and half as long.
enum class LossSource : std::uint8_t { data, population, either };

// L_n on a data set that all lanes share.
template <class Model, class S>
struct SharedDataLoss {
  typename Model::template SortedData<WordOf<S>> data;
  KGON_FUNCTION WideOf<S> operator()(const S* w, S* gradient) const {
    return typename Model::template Sorted<S>{}(w, data, gradient);
  }
};

template <class Model, class S>
struct EitherLoss {
  SharedDataLoss<Model, S> on_data;  // unused with the population
  bool population;
  KGON_FUNCTION WideOf<S> operator()(const S* w, S* gradient) const {
    return population ? typename Model::template Population<S>{}(w, gradient)
                      : on_data(w, gradient);
  }
};

template <class Model, class S, LossSource Source>
struct LossFrom {
  using Data = typename Model::template SortedData<std::uint32_t>;
  using Loss =
      std::conditional_t<Source == LossSource::population, typename Model::template Population<S>,
                         std::conditional_t<Source == LossSource::data, SharedDataLoss<Model, S>,
                                            EitherLoss<Model, S>>>;

  // data: that of all lanes; unused with the population, which null stands for with `either`.
  static KGON_FUNCTION Loss of(const Data* data) {
    if constexpr (Source == LossSource::population) {
      return {};
    } else if constexpr (Source == LossSource::data) {
      return {lanes(*data)};
    } else {
      return data == nullptr ? Loss{{}, true} : Loss{{lanes(*data)}, false};
    }
  }

 private:
  static KGON_FUNCTION auto lanes(const Data& data) {
    return Model::template SortedData<WordOf<S>>::shared(data);
  }
};

}  // namespace kgon
