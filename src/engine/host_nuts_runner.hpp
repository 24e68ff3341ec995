// The chains of one island of the no-U-turn sampler in host memory; who derives from it moves them.
#pragma once

#include <vector>

#include "engine/nuts_bytes.hpp"
#include "engine/nuts_runner.hpp"

namespace kgon {

// Lays the arrays of a group out as a NutsRunner hands them on. parameters: [draws, P, stride].
template <class Model, class Real>
void collect_draws(const NutsGroup<Model, Real>& group, const Real* parameters,
                   const NutsDraw* draws, const PhaseCode* labels, const PhaseCode* hulls,
                   NutsDraws& out) {
  out = {};
  for (std::uint32_t slot = 0; slot < group.count; ++slot) {
    for (std::uint32_t draw = 0; draw < group.settings.draws; ++draw) {
      const std::size_t at = std::size_t{draw} * group.stride + slot;
      out.draws.push_back(draws[at]);
      out.labels.push_back(labels[at]);
      out.hulls.push_back(hulls[at]);
      for (std::size_t p = 0; p < Model::parameters; ++p)
        out.parameters.push_back(static_cast<double>(
            parameters[(std::size_t{draw} * Model::parameters + p) * group.stride + slot]));
    }
  }
}

template <class Model, class Real>
class HostNutsRunner : public NutsRunner {
 public:
  using Group = NutsGroup<Model, Real>;

  void read_states(std::vector<NutsState>& states) override {
    states.assign(states_.begin(), states_.begin() + group_.count);
  }

  void read_draws(NutsDraws& draws) override {
    const ClassifyDraw<Model, Real> classify{group_};
    for (std::uint32_t i = 0; i < group_.settings.draws * group_.stride; ++i) classify(i);
    collect_draws(group_, parameters_.data(), draws_.data(), labels_.data(), hulls_.data(), draws);
  }

  void save(ByteWriter& bytes) override { put_chains(group_, bytes); }
  void restore(ByteReader& bytes) override { get_chains(group_, bytes); }

 protected:
  // Room for the job's chains in group_, rounded up to packs of `lanes`, at `points`.
  void make_room(const NutsJob& job, std::span<const double> points, std::uint32_t lanes,
                 const typename Group::Data* data) {
    const std::uint32_t stride = (job.chains + lanes - 1) / lanes * lanes;
    const std::size_t draws = std::size_t{job.settings.draws} * stride;
    states_.assign(stride, {});
    columns_.assign(
        std::size_t{stride} * P * static_cast<std::size_t>(NutsRow::count(job.settings.max_depth)),
        Real(0));
    parameters_.assign(draws * P, Real(0));
    draws_.assign(draws, {});
    labels_.assign(draws, phase_other);
    hulls_.assign(draws, phase_other);
    group_ = {job.settings,   data,           job.levels,      job.chains,         stride,
              lanes,          states_.data(), columns_.data(), parameters_.data(), draws_.data(),
              labels_.data(), hulls_.data()};
    for (std::uint32_t slot = 0; slot < group_.count; ++slot)
      for (std::size_t p = 0; p < P; ++p)
        group_.columns_of(slot).set(NutsRow::moving, static_cast<int>(p),
                                    static_cast<Real>(points[slot * P + p]));
  }

  Group group_{};

 private:
  static constexpr std::size_t P = Model::parameters;

  std::vector<NutsState> states_;
  std::vector<Real> columns_, parameters_;
  std::vector<NutsDraw> draws_;
  std::vector<PhaseCode> labels_, hulls_;
};

}  // namespace kgon
