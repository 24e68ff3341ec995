// SGD over a group of members whose state lies in arrays: what each device thread does. Members
// are numbered by slot, 0..count-1; every functor below touches the entries of one slot only.
#pragma once

#include "kgon/batch/member_group.hpp"
#include "kgon/batch/observe.hpp"
#include "kgon/batch/start_member.hpp"
#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/dynamics/sgd.hpp"

namespace kgon {

// Puts a member at its start.
template <class Model, class Real>
struct StartSlot {
  MemberGroup<Model, Real> group;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    const GroupCell<Model>& cell = group.cell(slot);
    const StartMember<Model, Real> start{cell.settings, cell.start_points};
    start(group.member(slot), group.parameters + slot, static_cast<int>(group.count));
    group.step[slot] = 0;
    group.next_record[slot] = 0;
    group.status[slot] = MemberStatus::ok;
    group.failed_step[slot] = cell.schedule.steps + 1;
    group.last_phase[slot] = phase_other;
    group.log.visits[slot] = 0;
  }
};

// Looks at a member and records it, where its schedule says so.
template <class Model, class Real>
struct ObserveSlot {
  MemberGroup<Model, Real> group;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    const GroupCell<Model>& cell = group.cell(slot);
    const std::uint64_t t = group.step[slot];
    if (t > cell.schedule.steps) return;
    const std::uint32_t record = group.next_record[slot];
    const Occasion at{t, record, cell.schedule.records, cell.schedule.is_look(t),
                      cell.schedule.is_record(t, record)};
    if (!at.is_look && !at.is_record) return;
    double w[Model::parameters];
    load_point(group.parameters, group.count, slot, w);
    double loss, gradient_norm;
    ObservePopulation<Model, double>{}(w, loss, gradient_norm);
    const ObserveMember<Model, Real> observe{group.levels, group.log};
    if (!observe.is_needless(at, gradient_norm)) {
      const double training = at.is_record ? training_loss(cell, slot, w, loss) : loss;
      observe(slot, at, w, training, loss, gradient_norm, group.status[slot],
              group.last_phase[slot]);
    }
    if (at.is_record) group.next_record[slot] = record + 1;
    // Others of the group go on; this member is not looked at again.
    if (t == cell.schedule.steps) group.step[slot] = t + 1;
  }

 private:
  KGON_FUNCTION double training_loss(const GroupCell<Model>& cell, std::uint32_t slot,
                                     const double* w, double population) const {
    if (cell.settings.dataset == Dataset::population) return population;
    if (cell.settings.dataset == Dataset::own) {
      const auto stream = member_stream(cell.settings, group.member(slot));
      return typename Model::template Empirical<double>{}(w, Model::sequential(stream),
                                                          cell.settings.samples);
    }
    double gradient[Model::parameters];
    return typename Model::template Sorted<double>{}(w, cell.sorted, gradient);
  }
};

// How a thread draws: one sample at a time beside the gradient, or the whole minibatch before it.
enum class Drawing : std::uint8_t { direct, buffered };

// Scratch memory of the threads of a block: `threads` members side by side, so that thread t finds
// its entry e of any array at [e * threads + t].
struct BlockScratch {
  unsigned char* memory;
  int thread;
  int threads;
};

// Advances a member to its next stop. One functor per way of drawing samples, each
// passing over the members of other kinds, keeps a device kernel's registers to what it needs.
template <class Model, class Real, Dataset Data, Batching Order, Drawing Draw>
struct AdvanceSlot {
  static constexpr int P = Model::parameters;
  using Word = std::uint32_t;
  using Columns = typename Model::template ThreadColumns<Real>;
  using Samples = std::conditional_t<Data == Dataset::own, typename Model::Generator,
                                     typename Model::template Samples<Word>>;
  using Indices = std::conditional_t<Order == Batching::shuffle, ShuffledIndices<Word>,
                                     ReplacementIndices<Word>>;
  using Draws = MinibatchDraws<Indices, Samples>;
  using Buffered = BufferedDraws<Indices, Samples>;

  MemberGroup<Model, Real> group;

  // Bytes of scratch for one thread when the largest minibatch has `batch` samples.
  static constexpr std::size_t scratch_bytes(std::uint32_t batch) {
    if (Data == Dataset::population) return 0;
    return sizeof(Real) * 2 * Model::column_entries +
           (Draw == Drawing::buffered ? sizeof(Word) * (Buffered::parking_words + batch) : 0);
  }

  KGON_FUNCTION void operator()(std::uint32_t slot, const BlockScratch& scratch) const {
    const GroupCell<Model>& cell = group.cell(slot);
    const std::uint64_t t = group.step[slot];
    if (!is_mine(cell.settings) || t >= cell.schedule.steps) return;
    const std::uint64_t to =
        cell.schedule.next_stop(t, group.next_record[slot], group.steps_per_launch);
    group.step[slot] = to;
    if (group.status[slot] != MemberStatus::ok) return;
    SgdState<Real, P> state;
    KGON_UNROLL
    for (int p = 0; p < P; ++p) state.parameters[p] = group.parameters[at(p, slot)];
    state.alive = true;
    // Steps are counted in 32 bits and `to` is read again afterwards: registers are scarce.
    const auto steps = static_cast<std::uint32_t>(to - t);
    const std::uint32_t failed = advance(cell, slot, state, t, steps, scratch);
    KGON_UNROLL
    for (int p = 0; p < P; ++p) group.parameters[at(p, slot)] = state.parameters[p];
    if (failed != 0) {
      group.status[slot] = failure_cause(state.failed_norm2);
      group.failed_step[slot] = group.step[slot] - steps + failed;
    }
  }

 private:
  static KGON_FUNCTION bool is_mine(const CellSettings& settings) {
    if constexpr (Data == Dataset::population) return settings.dataset == Dataset::population;
    return settings.dataset == Data && settings.batching == Order;
  }
  KGON_FUNCTION std::uint64_t at(int p, std::uint32_t slot) const {
    return static_cast<std::uint64_t>(p) * group.count + slot;
  }

  // Takes up to `steps` steps; returns which of them (1, 2, ...) failed, 0 if none.
  KGON_FUNCTION std::uint32_t advance(const GroupCell<Model>& cell, std::uint32_t slot,
                                      SgdState<Real, P>& state, std::uint64_t from,
                                      std::uint32_t steps, const BlockScratch& scratch) const {
    if constexpr (Data == Dataset::population) {
      const PopulationStep<Model, Real> step{descent_update<Real, P>(cell.settings)};
      for (std::uint32_t done = 1; done <= steps; ++done) {
        if (step(state)) return done;
      }
      return 0;
    } else {
      return descend(cell, member_stream(cell.settings, group.member(slot)), state, from, steps,
                     scratch);
    }
  }

  KGON_FUNCTION std::uint32_t descend(const GroupCell<Model>& cell, const StreamId<Word>& stream,
                                      SgdState<Real, P>& state, std::uint64_t from,
                                      std::uint32_t steps, const BlockScratch& scratch) const {
    constexpr int entries = Model::column_entries;
    const CellSettings& settings = cell.settings;
    Real* reals = reinterpret_cast<Real*>(scratch.memory) + scratch.thread;
    Columns columns{reals, scratch.threads};
    Columns inputs{reals + entries * scratch.threads, scratch.threads};
    const Indices indices = make_indices(settings, stream, from);
    const Samples sample = make_samples(cell, stream);
    if constexpr (Draw == Drawing::buffered) {
      const std::size_t reals_end = sizeof(Real) * 2 * entries * scratch.threads;
      Word* parking = reinterpret_cast<Word*>(scratch.memory + reals_end) + scratch.thread;
      Word* buffer = parking + Buffered::parking_words * scratch.threads;
      Buffered buffered(indices, sample, parking, buffer, scratch.threads, settings.batch);
      return take_steps(settings, buffered, columns, inputs, state, steps);
    } else {
      Draws draws{indices, sample};
      return take_steps(settings, draws, columns, inputs, state, steps);
    }
  }

  static KGON_FUNCTION Indices make_indices(const CellSettings& settings,
                                            const StreamId<Word>& stream, std::uint64_t from) {
    if constexpr (Order == Batching::shuffle) {
      return Indices(stream, settings.grid, from * settings.batch);
    } else {
      return Indices(stream, settings.indices, settings.batch, from);
    }
  }
  static KGON_FUNCTION Samples make_samples(const GroupCell<Model>& cell,
                                            const StreamId<Word>& stream) {
    if constexpr (Data == Dataset::own) {
      return Model::generator(stream);
    } else {
      return {cell.shared_samples, 1, 0};
    }
  }

  template <class AnyDraws>
  KGON_FUNCTION std::uint32_t take_steps(const CellSettings& settings, AnyDraws& draws,
                                         Columns& columns, Columns& inputs,
                                         SgdState<Real, P>& state, std::uint32_t steps) const {
    constexpr int drawn = Draw == Drawing::buffered ? 1 : 4;
    const SgdStep<Model, Real, drawn, 1> step{descent_update<Real, P>(settings), settings.batch};
    KGON_NO_UNROLL
    for (std::uint32_t done = 1; done <= steps; ++done) {
      draws.begin_step();
      if (step(state, draws, columns, inputs)) return done;
    }
    return 0;
  }
};

}  // namespace kgon
