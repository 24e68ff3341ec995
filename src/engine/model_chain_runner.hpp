// What every back end's runner answers on the host, for a model of the compiled list.
#pragma once

#include <cmath>
#include <vector>

#include "engine/chain_runner.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon {

template <int H, int C>
class ModelChainRunner : public ChainRunner {
 public:
  using Model = tms::Model<H, C>;

  double loss(const double* w, const SortedSampleTable* data, double* gradient) const override {
    if (data == nullptr) return typename Model::template Population<double>{}(w, gradient);
    return typename Model::template Sorted<double>{}(w, data->view(), gradient);
  }

  SitePhase phase(const double* w, const tms::PhaseLevels& levels) const override {
    double gradient[Model::parameters];
    const double loss = typename Model::template Population<double>{}(w, gradient);
    double norm2 = 0;
    for (const double g : gradient) norm2 += g * g;
    const auto seen = typename Model::Classifier{&levels}(w, loss, std::sqrt(norm2));
    return {seen.phase, seen.hull_phase, seen.on_plateau};
  }

 protected:
  // The arrays behind a group in host memory.
  template <class Real>
  struct HostArrays {
    std::vector<Real> parameters, centers;
    std::vector<tms::SortedSamples> views;
  };

  // An outcome with room for every chain of the job.
  static void make_room(const ChainJob& job, ChainOutcome& outcome) {
    const std::size_t count = job.sites.size() * job.chains;
    outcome.status.assign(count, MemberStatus::ok);
    outcome.failed_step.assign(count, 0);
    outcome.accepted.assign(count, 0);
    outcome.elsewhere.assign(count, 0);
    outcome.unnamed.assign(count, 0);
    outcome.outside.assign(count, 0);
    outcome.trace.assign(job.settings.pilot ? 0 : count * job.settings.draws, 0.0);
  }

  // A group of all chains of the job in `arrays` and `outcome`, which get room for it; per-slot
  // arrays of parameters have `stride` entries, and the trace lies chain by chain.
  template <class Real>
  static ChainGroup<Model, Real> host_group(const ChainJob& job, std::uint32_t stride,
                                            HostArrays<Real>& arrays, ChainOutcome& outcome) {
    make_room(job, outcome);
    arrays.parameters.assign(static_cast<std::size_t>(stride) * Model::parameters, Real(0));
    arrays.centers.assign(job.centers.begin(), job.centers.end());
    arrays.views.clear();
    for (const SortedSampleTable* table : job.data) arrays.views.push_back(table->view());
    return {job.settings,
            job.sites.data(),
            arrays.centers.data(),
            arrays.views.data(),
            job.levels,
            job.chains,
            0,
            static_cast<std::uint32_t>(job.sites.size()) * job.chains,
            stride,
            arrays.parameters.data(),
            outcome.status.data(),
            outcome.failed_step.data(),
            outcome.accepted.data(),
            outcome.elsewhere.data(),
            outcome.unnamed.data(),
            outcome.outside.data(),
            outcome.trace.empty() ? nullptr : outcome.trace.data(),
            job.settings.draws,
            1};
  }
};

}  // namespace kgon
