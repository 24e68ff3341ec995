// SGD over a pack of members, one per lane: steps, looks and records in their order.
#pragma once

#include "backends/cpu/drawn_ahead.hpp"
#include "backends/cpu/pack_task.hpp"
#include "kgon/batch/observe.hpp"
#include "kgon/batch/start_member.hpp"
#include "kgon/math/pack.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cpu {

template <class Isa, class Model, class Real, int L, int Group>
class PackTrainer {
 public:
  static constexpr int P = Model::parameters;
  // Observations are in double; a register then holds as many lanes as floats / 2.
  static constexpr int D = sizeof(Real) == 4 ? L / 2 : L;
  using S = Pack<Real, L>;
  using Word = Pack<std::uint32_t, L>;
  using Columns = typename Model::template LaneColumns<S>;
  using Observed = Pack<double, D>;

  KGON_FUNCTION explicit PackTrainer(const PackTask& task) : task_(task), cell_(*task.cell) {
    start();
    if (cell_.dataset == Dataset::own) generate_own_samples();
  }

  KGON_FUNCTION bool run() {
    if (cell_.dataset == Dataset::population)
      return events([&](auto from, auto to) KGON_LAMBDA {
        const PopulationStep<Model, S> step{descent_update<S, P>(cell_)};
        for (std::uint64_t t = from; t < to; ++t) {
          if (step(state_)) note_failure(t + 1, state_);
        }
      });
    const tms::SampleTable<Word> table = samples<Word>(0);
    if (cell_.batching == Batching::shuffle) {
      using Draws = MinibatchDraws<ShuffledIndices<Word>, tms::SampleTable<Word>>;
      const std::uint64_t position = task_.state->step * cell_.batch;
      DrawnAhead<Isa, Word, Draws> draws(
          {ShuffledIndices<Word>(stream_, cell_.grid, position), table}, cell_.batch);
      return events([&](auto from, auto to) KGON_LAMBDA { descend(draws, from, to); });
    }
    MinibatchDraws<ReplacementIndices<Word>, tms::SampleTable<Word>> draws{
        ReplacementIndices<Word>(stream_, cell_.indices, cell_.batch, task_.state->step), table};
    return events([&](auto from, auto to) KGON_LAMBDA { descend(draws, from, to); });
  }

 private:
  KGON_FUNCTION void start() {
    Real w[P * L], used[L];
    std::uint32_t low[L], high[L];
    const StartMember<Model, Real> start_member{cell_, task_.start_points};
    for (int l = 0; l < L; ++l) {
      // Idle lanes repeat the first member.
      const bool in_use = static_cast<std::uint32_t>(l) < task_.members;
      const std::uint64_t member =
          task_.first_member + (in_use ? static_cast<std::uint64_t>(l) : 0);
      start_member(member, w + l, L);
      low[l] = static_cast<std::uint32_t>(member);
      high[l] = static_cast<std::uint32_t>(member >> 32);
      failed_[l] = MemberStatus::ok;
      last_phase_[l] = tms::phase_other;
      if (in_use && task_.state->step > 0) {
        restore(l, w + l);
      } else if (in_use) {
        task_.log.visits[l] = 0;
        task_.failed_step[l] = task_.schedule.steps + 1;
      }
      used[l] = in_use && failed_[l] == MemberStatus::ok ? Real(1) : Real(0);
    }
    for (int p = 0; p < P; ++p) state_.parameters[p] = S::load(w + p * L);
    stream_ = {philox_key(cell_.key), Word::load(low), Word::load(high)};
    state_.alive = S::load(used) > S(Real(0));
  }

  // w: parameter p goes to w[p * L].
  KGON_FUNCTION void restore(int lane, Real* w) {
    for (int p = 0; p < P; ++p) w[p * L] = static_cast<Real>(task_.state->parameters[lane * P + p]);
    failed_[lane] = task_.state->status[lane];
    last_phase_[lane] = task_.state->last_phase[lane];
  }

  // Not inlined, as DrawnAhead::refill.
  __attribute__((noinline)) void save(std::uint64_t step, std::uint32_t next_record) const {
    PackState& state = *task_.state;
    state.step = step;
    state.next_record = next_record;
    Real w[P * L];
    for (int p = 0; p < P; ++p) state_.parameters[p].store(w + p * L);
    for (std::uint32_t l = 0; l < task_.members; ++l) {
      for (int p = 0; p < P; ++p) state.parameters[l * P + p] = static_cast<double>(w[p * L + l]);
      state.status[l] = failed_[l];
      state.last_phase[l] = last_phase_[l];
    }
  }

  KGON_FUNCTION void generate_own_samples() {
    for (std::uint32_t k = 0; k < cell_.samples; k += 4) {
      const Words4<Word> words = philox(stream_, Purpose::data, k / 4);
      for (std::uint32_t g = 0; g < 4 && k + g < cell_.samples; ++g) {
        Model::sample(words.word[g]).store(task_.own_samples + static_cast<std::size_t>(k + g) * L);
      }
    }
  }

  template <class W>
  KGON_FUNCTION tms::SampleTable<W> samples(int first_lane) const {
    if (cell_.dataset == Dataset::shared) return {task_.shared_samples, 1, W(0u)};
    constexpr int lanes = ScalarTraits<W>::lanes;
    std::uint32_t lane[lanes];
    for (int l = 0; l < lanes; ++l) lane[l] = static_cast<std::uint32_t>(first_lane + l);
    return {task_.own_samples, static_cast<std::uint32_t>(L), W::load(lane)};
  }

  template <class Draws>
  KGON_FUNCTION void descend(Draws& draws, std::uint64_t from, std::uint64_t to) {
    const SgdStep<Model, S, 4, Group> step{descent_update<S, P>(cell_), cell_.batch};
    Columns columns, inputs;
    SgdState<S, P> state = state_;  // nothing outside of this loop sees it
    for (std::uint64_t t = from; t < to; ++t) {
      draws.begin_step();
      if (step(state, draws, columns, inputs)) note_failure(t + 1, state);
    }
    state_ = state;
  }

  template <class Advance>
  KGON_FUNCTION bool events(const Advance& advance) {
    const Schedule& schedule = task_.schedule;
    std::uint32_t next_record = task_.state->next_record;
    for (std::uint64_t t = task_.state->step;;) {
      const bool look = schedule.is_look(t), record = schedule.is_record(t, next_record);
      if (look || record) observe({t, next_record, schedule.records, look, record});
      if (record) ++next_record;
      if (t == schedule.steps) return true;
      const std::uint64_t event = schedule.next_event(t, next_record), most = t + longest_stretch();
      const std::uint64_t to = event < most ? event : most;
      advance(t, to);
      const bool goes_on = task_.progress.proceed(task_.progress.context, (to - t) * task_.members);
      t = to;
      if (!goes_on) {
        save(t, next_record);
        return false;
      }
      if (task_.state->is_wanted(task_.state->context)) {
        save(t, next_record);
        task_.state->hold(task_.state->context);
      }
    }
  }

  // Steps between two questions whether to go on: some milliseconds of work, a tenth of a second on
  // the baseline instruction set.
  KGON_FUNCTION std::uint64_t longest_stretch() const {
    constexpr std::uint64_t most_steps = 10'000, most_draws = 200'000;
    const std::uint64_t steps = most_draws / cell_.batch;
    if (steps > most_steps) return most_steps;
    return steps == 0 ? 1 : steps;
  }

  KGON_FUNCTION void note_failure(std::uint64_t step, const SgdState<S, P>& state) {
    Real norm2[L], failed[L];
    state.failed_norm2.store(norm2);
    select(state.failed_now, S(Real(1)), S(Real(0))).store(failed);
    for (std::uint32_t l = 0; l < task_.members; ++l) {
      if (failed[l] == Real(0)) continue;
      failed_[l] = failure_cause(norm2[l]);
      task_.failed_step[l] = step;
    }
  }

  // Not inlined, as DrawnAhead::refill: each way of drawing would have its copy.
  __attribute__((noinline)) void observe(const Occasion& at) {
    Real w[P * L];
    for (int p = 0; p < P; ++p) state_.parameters[p].store(w + p * L);
    for (int first = 0; first < L; first += D) {
      if (static_cast<std::uint32_t>(first) >= task_.members) break;
      Observed x[P], loss, gradient_norm;
      for (int p = 0; p < P; ++p) {
        for (int l = 0; l < D; ++l) x[p].v[l] = static_cast<double>(w[p * L + first + l]);
      }
      ObservePopulation<Model, Observed>{}(x, loss, gradient_norm);
      const Observed training = at.is_record ? training_loss(x, loss, first) : loss;
      const ObserveMember<Model, double> observe_member{task_.levels, task_.log};
      for (int l = 0; l < D && static_cast<std::uint32_t>(first + l) < task_.members; ++l) {
        if (observe_member.is_needless(at, gradient_norm.v[l])) continue;
        double point[P];
        for (int p = 0; p < P; ++p) point[p] = x[p].v[l];
        observe_member(static_cast<std::uint64_t>(first + l), at, point, training.v[l], loss.v[l],
                       gradient_norm.v[l], failed_[first + l], last_phase_[first + l]);
      }
    }
  }

  KGON_FUNCTION Observed training_loss(const Observed* w, Observed population, int first) const {
    using ObservedWord = WordOf<Observed>;
    if (cell_.dataset == Dataset::population) return population;
    if (cell_.dataset == Dataset::own) {
      return typename Model::template Empirical<Observed>{}(w, samples<ObservedWord>(first),
                                                            cell_.samples);
    }
    Observed gradient[P];
    return typename Model::template Sorted<Observed>{}(w, task_.sorted, gradient);
  }

  const PackTask& task_;
  const CellSettings& cell_;
  SgdState<S, P> state_;
  StreamId<Word> stream_;
  MemberStatus failed_[L];
  tms::PhaseCode last_phase_[L];
};

}  // namespace kgon::cpu
