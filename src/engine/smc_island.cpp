#include "engine/smc_island.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "engine/free_energy_theory.hpp"
#include "engine/resampling.hpp"
#include "engine/sample_loss.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/dynamics/hamiltonian.hpp"
#include "kgon/rng/distributions.hpp"

namespace kgon {
namespace {

// The largest curvature of L at the points where posteriors concentrate: 2 at `5+`.
constexpr double usual_curvature = 2.0;
// Step sizes change by at most this factor from stage to stage, beside what the temperature asks.
constexpr double most_change = 1.5;

class IslandRun {
 public:
  IslandRun(const IslandTask& task, ParticleRunner& runner, RunControl& control)
      : plan_(*task.plan),
        run_(plan_.runs[task.run]),
        key_(chain_member(run_.key, task.island)),
        nbeta_(run_.beta * run_.samples),
        runner_(runner),
        states_(task.states),
        control_(control) {
    runner_.start({key_, plan_.smc.particles, plan_.smc.leapfrogs, run_.prior_scale, task.data,
                   task.run, &plan_.levels});
    weights_.assign(plan_.smc.particles, 1.0 / plan_.smc.particles);
    roots_.resize(plan_.smc.particles);
    std::iota(roots_.begin(), roots_.end(), 0u);
    if (!states_.earlier().empty()) restore();
    read_energies();
  }

  bool run(SampleBlock& block) {
    while (temperature_ < 1) {
      cool();
      if (temperature_ == 1 || effective_part(weights_) < resample_below) resample();
      if (!move()) return false;
      ++stage_;
      tell_progress();
      states_.offer(control_, [this] { return save(); });
    }
    fill(block);
    return true;
  }

 private:
  // What a stage leaves to the next, in the order of the bytes.
  template <class Visit>
  void for_each_number(const Visit& visit) {
    visit(temperature_);
    visit(log_evidence_);
    visit(step_scale_);
    visit(last_step_size_);
    visit(acceptance_);
    visit(stage_);
    visit(step_);
    visit(leapfrogs_);
    visit(weights_);
    visit(losses_);
    visit(roots_);
  }

  Bytes save() {
    ByteWriter bytes;
    for_each_number([&](const auto& number) { bytes.put(number); });
    std::vector<std::uint32_t> everyone(plan_.smc.particles);
    std::iota(everyone.begin(), everyone.end(), 0u);
    std::vector<double> parameters;
    runner_.read_parameters(everyone, parameters);
    bytes.put(parameters);
    return bytes.take();
  }

  void restore() {
    ByteReader bytes(states_.earlier());
    for_each_number([&](auto& number) { bytes.get(number); });
    std::vector<double> parameters;
    bytes.get(parameters);
    bytes.expect_end();
    runner_.place(parameters, losses_);
  }

  void read_energies() {
    runner_.read_losses(losses_);
    energies_.resize(losses_.size());
    std::ranges::transform(losses_, energies_.begin(), [&](double loss) { return nbeta_ * loss; });
  }

  void cool() {
    const double left = 1 - temperature_;
    const double difference = tempering_difference(weights_, energies_, left, plan_.smc.ess);
    log_evidence_ += reweight(weights_, energies_, difference);
    temperature_ = difference == left ? 1 : temperature_ + difference;
  }

  void resample() {
    const std::uint32_t word = philox(member_stream(key_, 0), Purpose::resampling, stage_).word[0];
    const auto ancestors =
        systematic_resampling(weights_, plan_.smc.particles, uniform<double>(word));
    runner_.resample(ancestors);
    std::vector<std::uint32_t> roots(roots_.size());
    std::ranges::transform(ancestors, roots.begin(), [&](std::uint32_t k) { return roots_[k]; });
    roots_ = std::move(roots);
    std::ranges::fill(weights_, 1.0 / plan_.smc.particles);
  }

  bool move() {
    const double nbeta = temperature_ * nbeta_;
    const ParticleStage stage{nbeta, step_scale_ / stiffest_root_precision(run_.prior_scale, nbeta),
                              step_, step_ + plan_.smc.moves};
    for (; step_ < stage.to; ++step_)
      leapfrogs_ += leapfrog_count(key_, Purpose::particle_leapfrogs, step_, plan_.smc.leapfrogs);
    const std::uint64_t accepted = runner_.move(stage, control_);
    if (control_.stop) return false;
    last_step_size_ = stage.step_size;
    acceptance_ = static_cast<double>(accepted) /
                  (static_cast<double>(plan_.smc.particles) * plan_.smc.moves);
    step_scale_ *=
        std::clamp(std::exp(2 * (acceptance_ - target_acceptance)), 1 / most_change, most_change);
    read_energies();
    return true;
  }

  // The stages are about as long in the logarithm of n beta.
  void tell_progress() {
    const double part = std::log1p(temperature_ * nbeta_) / std::log1p(nbeta_);
    const auto to = static_cast<std::uint64_t>(part * island_progress);
    control_.member_steps += to - told_;
    told_ = to;
  }

  void fill(SampleBlock& block) const {
    block.log_evidence = log_evidence_;
    block.stages = stage_;
    block.acceptance = acceptance_;
    block.step_size = last_step_size_;
    block.leapfrogs = leapfrogs_ * plan_.smc.particles;
    block.ancestors = static_cast<std::uint32_t>(std::set(roots_.begin(), roots_.end()).size());
    block.mean_loss =
        std::accumulate(losses_.begin(), losses_.end(), 0.0) / static_cast<double>(losses_.size());
    std::vector<PhaseCode> labels, hulls;
    runner_.read_phases(labels, hulls);
    for (const PhaseCode code : labels) ++block.labels[code];
    for (const PhaseCode code : hulls) ++block.hull_phases[code];
    for (auto& [code, share] : block.labels) share /= plan_.smc.particles;
    for (auto& [code, share] : block.hull_phases) share /= plan_.smc.particles;
    keep_draws(labels, hulls, block);
  }

  // Evenly from the particles, which lie in the order of their ancestors.
  void keep_draws(const std::vector<PhaseCode>& labels, const std::vector<PhaseCode>& hulls,
                  SampleBlock& block) const {
    std::vector<std::uint32_t> kept(plan_.draws);
    for (std::uint32_t k = 0; k < plan_.draws; ++k)
      kept[k] = static_cast<std::uint32_t>(std::uint64_t{k} * plan_.smc.particles / plan_.draws);
    for (const std::uint32_t k : kept) {
      block.loss.push_back(losses_[k]);
      block.phase.push_back(labels[k]);
      block.hull_phase.push_back(hulls[k]);
    }
    runner_.read_parameters(kept, block.parameters);
  }

  const SamplePlan& plan_;
  const SampleRun& run_;
  const std::uint64_t key_;
  const double nbeta_;
  ParticleRunner& runner_;
  WorkStates states_;
  RunControl& control_;

  double temperature_ = 0;  // the posterior's is 1
  double log_evidence_ = 0;
  double step_scale_ = 1, last_step_size_ = 0, acceptance_ = 0;
  std::uint32_t stage_ = 0;
  std::uint64_t step_ = 0;       // Hamiltonian steps so far
  std::uint64_t leapfrogs_ = 0;  // of one particle
  std::uint64_t told_ = 0;
  std::vector<double> weights_, losses_, energies_;
  std::vector<std::uint32_t> roots_;  // whom each particle descends from
};

std::map<PhaseCode, double> theory_of(const IslandTask& task) {
  const ModelShape& shape = task.plan->shape;
  const SampleRun& run = task.plan->runs[task.run];
  std::map<PhaseCode, double> free_energies;
  for (const auto& [code, theory] : phase_theories(shape)) {
    const double loss = task.data == nullptr
                            ? theory.loss
                            : mean_sample_loss(shape, theory.parameters.data(), task.data->samples);
    free_energies[code] = theory_free_energy(theory, run.samples, run.beta, run.prior_scale, loss);
  }
  return free_energies;
}

}  // namespace

double stiffest_root_precision(double prior_scale, double nbeta) {
  return std::sqrt(1 / (prior_scale * prior_scale) + usual_curvature * nbeta);
}

void begin_block(const IslandTask& task, SampleBlock& block) {
  block.run = task.run;
  block.island = task.island;
  if (task.island == task.plan->islands().first) block.theory = theory_of(task);
}

bool run_island(const IslandTask& task, ParticleRunner& runner, SampleBlock& block,
                RunControl& control) {
  begin_block(task, block);
  return IslandRun(task, runner, control).run(block);
}

}  // namespace kgon
