// What is written down of every member: its visits of plateaus and its records.
#pragma once

#include <cstdint>

#include "kgon/core/phase_code.hpp"
#include "kgon/core/status.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// Arrays of a group of members. Entry (member m, record r) lies at m * member_stride + r *
// record_stride; parameter p of kept record k at (m, k, p) times the kept strides. Both layouts
// that are needed fit: member by member on the host, member innermost (coalesced) on a device.
template <class Kept>
struct MemberLog {
  double* training_loss;
  double* population_loss;
  float* gradient_norm;
  PhaseCode* phase;
  PhaseCode* hull_phase;
  std::int8_t* negative_biases;
  std::int8_t* on_plateau;
  MemberStatus* status;
  std::uint64_t member_stride, record_stride;

  Kept* parameters;
  std::uint32_t kept_records;  // 0, 1 (the last record) or as many as there are records
  std::uint64_t kept_member_stride, kept_record_stride, kept_parameter_stride;

  std::uint32_t* visits;   // arrivals in all, one entry per member
  PhaseCode* visit_phase;  // visit v of member m at m * visit_member_stride + v * visit_stride
  std::uint64_t* visit_step;
  std::uint64_t visit_member_stride, visit_stride;
  std::uint32_t max_visits;

  // Notes an arrival at a plateau whose label is not `last`, the label of the latest arrival;
  // counts on where the list is full.
  KGON_FUNCTION void arrive(std::uint64_t m, PhaseCode code, std::uint64_t step,
                            PhaseCode& last) const {
    if (code == last) return;
    last = code;
    const std::uint32_t v = visits[m];
    if (v < max_visits) {
      visit_phase[m * visit_member_stride + v * visit_stride] = code;
      visit_step[m * visit_member_stride + v * visit_stride] = step;
    }
    visits[m] = v + 1;
  }

  // w: [parameters] of the member at record r of `records`.
  template <int P>
  KGON_FUNCTION void keep_parameters(std::uint64_t m, std::uint32_t r, std::uint32_t records,
                                     const double (&w)[P]) const {
    if (kept_records == 0 || (kept_records == 1 && r + 1 < records)) return;
    const std::uint64_t kept = kept_records == 1 ? 0 : r;
    Kept* to = parameters + m * kept_member_stride + kept * kept_record_stride;
    for (int p = 0; p < P; ++p) {
      to[static_cast<std::uint64_t>(p) * kept_parameter_stride] = static_cast<Kept>(w[p]);
    }
  }
};

// One member at one look or record, or both.
struct Occasion {
  std::uint64_t step;
  std::uint32_t record;   // index of the record
  std::uint32_t records;  // of the cell
  bool is_look, is_record;
};

// Classifies a member and writes what the occasion asks for.
template <class Model, class Kept>
struct ObserveMember {
  const typename Model::Levels* levels;
  MemberLog<Kept> log;

  // Whether `classify` may be left out: off every plateau by the gradient alone, and no record.
  KGON_FUNCTION bool is_needless(const Occasion& at, double gradient_norm) const {
    return !at.is_record && gradient_norm > levels->tolerance.gradient;
  }

  // training: exact loss on the member's data, used at records only.
  KGON_FUNCTION void operator()(std::uint64_t m, const Occasion& at,
                                const double (&w)[Model::parameters], double training, double loss,
                                double gradient_norm, MemberStatus status,
                                PhaseCode& last_phase) const {
    const typename Model::Classifier classify{levels};
    const typename Model::Observation seen = classify(w, loss, gradient_norm);
    if (at.is_look && seen.on_plateau) log.arrive(m, seen.phase, at.step, last_phase);
    if (!at.is_record) return;
    const std::uint64_t entry = m * log.member_stride + at.record * log.record_stride;
    log.training_loss[entry] = training;
    log.population_loss[entry] = loss;
    log.gradient_norm[entry] = static_cast<float>(gradient_norm);
    log.phase[entry] = seen.phase;
    log.hull_phase[entry] = seen.hull_phase;
    log.negative_biases[entry] = seen.negative_biases;
    log.on_plateau[entry] = seen.on_plateau ? 1 : 0;
    log.status[entry] = status;
    log.keep_parameters(m, at.record, at.records, w);
  }
};

}  // namespace kgon
