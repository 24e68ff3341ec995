#include "engine/sample_work.hpp"

#include <algorithm>
#include <utility>

namespace kgon {

bool SampleWork::next(SampleShare& share) {
  const std::lock_guard lock(mutex_);
  while (run_ < plan_.runs.size() && sink_.has(run_, island_)) step_on();
  if (control_.stop || run_ == plan_.runs.size()) return false;
  const SampleRun& run = plan_.runs[run_];
  if (!run.population && !table_) {
    const auto stream = member_stream(run.data.key, run.data.member);
    table_ = std::make_shared<const SortedSampleTable>(
        sort_samples(generate_samples(stream, run.data.purpose, run.samples, plan_.shape.features),
                     plan_.shape.features));
  }
  share = {{&plan_, run_, island_, table_.get(), island_states(sink_, run_, island_)}, table_};
  step_on();
  return true;
}

void SampleWork::step_on() {
  if (++island_ < plan_.islands().end()) return;
  island_ = plan_.islands().first;
  ++run_;
  table_.reset();
}

void run_islands(SampleWork& work,
                 const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
                 const std::function<std::unique_ptr<NutsRunner>()>& make_nuts_runner,
                 SampleSink& sink, RunControl& control) {
  const SampleMethod method = work.plan().method;
  const auto nuts = method == SampleMethod::nuts ? make_nuts_runner() : nullptr;
  const auto particles = nuts ? nullptr : make_runner();
  SampleShare share;
  while (work.next(share)) {
    SampleBlock block;
    const bool done = nuts ? run_nuts_island(share.task, *nuts, block, control)
                      : method == SampleMethod::hmc
                          ? run_hmc_island(share.task, *particles, block, control)
                          : run_island(share.task, *particles, block, control);
    if (!done) return;
    sink.accept(std::move(block));
  }
}

std::uint64_t draws_bytes(const SamplePlan& plan) {
  const std::uint64_t draw =
      static_cast<std::uint64_t>(plan.shape.parameter_count()) * sizeof(double) + sizeof(double) +
      2 * sizeof(PhaseCode) + (plan.is_markov() ? sizeof(DrawStatistics) : 0);
  return std::uint64_t{plan.sequences()} * plan.draws * draw;
}

std::uint64_t island_bytes(const SamplePlan& plan, std::uint64_t particle_bytes) {
  // The block, and its bytes for the log of what is done.
  const std::uint64_t handed_on = 2 * draws_bytes(plan);
  if (!plan.is_markov()) return plan.smc.particles * particle_bytes + handed_on;
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
  // Rows of a chain's columns, and its draws where they are made.
  const auto rows = plan.method == SampleMethod::nuts
                        ? static_cast<std::uint64_t>(NutsRow::count(plan.chains.max_depth))
                        : 0;
  const std::uint64_t draw = parameters * sizeof(double) + 2 * sizeof(NutsDraw);
  return plan.chains.chains * (particle_bytes + rows * parameters * sizeof(double) +
                               sizeof(NutsState) * 2 + plan.draws * draw) +
         handed_on;
}

std::uint64_t most_samples(const SamplePlan& plan) {
  std::uint64_t samples = 0;
  for (const SampleRun& run : plan.runs)
    if (!run.population) samples = std::max<std::uint64_t>(samples, run.samples);
  return samples;
}

}  // namespace kgon
