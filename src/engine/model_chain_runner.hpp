// What every back end's runner answers on the host, for a model of the compiled list.
#pragma once

#include <cmath>

#include "engine/chain_runner.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon {

template <int H, int C>
class ModelChainRunner : public ChainRunner {
 public:
  using Model = tms::Model<H, C>;

  double loss(const double* w, const SortedSampleTable* data, double* gradient) const override {
    if (data == nullptr) return typename Model::template Population<double>{}(w, gradient);
    return typename Model::template Sorted<double>{}(w, data->view<std::uint32_t>(), gradient);
  }

  SitePhase phase(const double* w, const tms::PhaseLevels& levels) const override {
    double gradient[Model::parameters];
    const double loss = typename Model::template Population<double>{}(w, gradient);
    double norm2 = 0;
    for (const double g : gradient) norm2 += g * g;
    const auto seen = typename Model::Classifier{&levels, {}}(w, loss, std::sqrt(norm2));
    return {seen.phase, seen.hull_phase, seen.on_plateau};
  }

 protected:
  // An outcome with room for every chain of the job.
  static void make_room(const ChainJob& job, ChainOutcome& outcome) {
    const std::size_t count = job.sites.size() * job.chains;
    outcome.status.assign(count, MemberStatus::ok);
    outcome.failed_step.assign(count, 0);
    outcome.accepted.assign(count, 0);
    outcome.elsewhere.assign(count, 0);
    outcome.unnamed.assign(count, 0);
    outcome.trace.assign(job.settings.pilot ? 0 : count * job.settings.draws, 0.0);
  }
};

}  // namespace kgon
