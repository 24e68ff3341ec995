// TMS as a model: what `dynamics` and `batch` ask of any model.
#pragma once

#include "kgon/model/concept.hpp"
#include "kgon/model/tms/classify.hpp"
#include "kgon/model/tms/data_set.hpp"
#include "kgon/model/tms/empirical_loop.hpp"
#include "kgon/model/tms/minibatch.hpp"
#include "kgon/model/tms/population.hpp"
#include "kgon/model/tms/sorted_loss.hpp"

namespace kgon::tms {

template <int H, int C>
struct Model {
  static constexpr int parameters = Shape<H, C>::parameters;
  // Entries of a `Columns` array: the parameters that a sample's input selects.
  static constexpr int column_entries = Shape<H, C>::weights;

  template <class S>
  using Population = PopulationLoss<S, H, C, true>;
  template <class S>
  using UnrolledPopulation = PopulationLoss<S, H, C>;
  template <class S>
  using Empirical = LoopLoss<S, H, C>;
  template <class S>
  using EmpiricalGradient = LoopGradient<S, H, C>;
  template <class S>
  using Sorted = SortedLoss<S, H, C>;
  template <class S>
  using CompactSorted = SortedLoss<S, H, C, false>;
  template <class S, class Columns>
  using Minibatch = MinibatchGradient<S, H, C, Columns>;
  template <class S, class Columns, bool WithLoss>
  using ChainMinibatch = MinibatchGradient<S, H, C, Columns, WithLoss, 1>;
  template <class S>
  using LaneColumns = BlendedColumns<S, H, C>;
  template <class S>
  using ThreadColumns = StridedColumns<S, H, C>;
  template <class W>
  using Samples = SampleTable<W>;
  using SortedData = SortedSamples;
  using Classifier = PhaseClassifier<H, C>;
  using Observation = PhaseObservation;
  using Levels = PhaseLevels;
  using Generator = SampleGenerator;
  using Sequential = SequentialGenerator;

  // The sample that a random word stands for.
  template <class W>
  static KGON_FUNCTION W sample(W word) {
    return draw_sample(word, static_cast<std::uint32_t>(C));
  }

  static KGON_FUNCTION Generator generator(const StreamId<std::uint32_t>& stream) {
    return {stream, static_cast<std::uint32_t>(C)};
  }
  static KGON_FUNCTION Sequential sequential(const StreamId<std::uint32_t>& stream) {
    return {stream, static_cast<std::uint32_t>(C)};
  }
};

static_assert(TrainableModel<Model<2, 6>>);

}  // namespace kgon::tms
