#include "engine/smc_island.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/free_energy_theory.hpp"
#include "engine/resampling.hpp"
#include "engine/sample_loss.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/dynamics/hamiltonian.hpp"
#include "kgon/math/exponential.hpp"
#include "kgon/rng/distributions.hpp"

namespace kgon {
namespace {

// The largest curvature of L at the points where posteriors concentrate: 2 at `5+`.
constexpr double usual_curvature = 2.0;
// Step sizes change by at most this factor from stage to stage, beside what the temperature asks.
constexpr double most_change = 1.5;

// What a checkpoint keeps of each.
struct Particles {
  std::vector<double> weights, losses, parameters;
  std::vector<std::uint32_t> roots;
};

// The part of the particles that has each code.
std::map<PhaseCode, double> shares(std::vector<PhaseCode> codes) {
  std::ranges::sort(codes);
  std::map<PhaseCode, double> shares;
  for (auto from = codes.begin(); from != codes.end();) {
    const auto to = std::upper_bound(from, codes.end(), *from);
    shares[*from] = static_cast<double>(to - from) / static_cast<double>(codes.size());
    from = to;
  }
  return shares;
}

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
    if (!states_.earlier().empty()) restore();
  }

  bool run(SampleBlock& block) {
    while (temperature_ < 1) {
      cool();
      if (temperature_ == 1 ||
          effective_part(runner_.weigh_squares(), plan_.smc.particles) < resample_below)
        resample();
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
  void for_each_number(Particles& particles, const Visit& visit) {
    visit(temperature_);
    visit(log_evidence_);
    visit(step_scale_);
    visit(last_step_size_);
    visit(acceptance_);
    visit(stage_);
    visit(step_);
    visit(leapfrogs_);
    visit(particles.weights);
    visit(particles.losses);
    visit(particles.roots);
    visit(particles.parameters);
  }

  Bytes save() {
    Particles particles;
    runner_.read_weights(particles.weights, particles.roots);
    runner_.read_losses(particles.losses);
    std::vector<std::uint32_t> everyone(plan_.smc.particles);
    std::iota(everyone.begin(), everyone.end(), 0u);
    runner_.read_parameters(everyone, particles.parameters);
    ByteWriter bytes;
    for_each_number(particles, [&](const auto& number) { bytes.put(number); });
    return bytes.take();
  }

  void restore() {
    Particles particles;
    ByteReader bytes(states_.earlier());
    for_each_number(particles, [&](auto& number) { bytes.get(number); });
    bytes.expect_end();
    runner_.place(particles.parameters, particles.losses);
    runner_.place_weights(particles.weights, particles.roots);
  }

  void cool() {
    const double left = 1 - temperature_, least = runner_.least_loss();
    const auto change = [&](double difference) { return Reweighting{difference * nbeta_, least}; };
    const double difference = tempering_difference(
        [&](double d) { return conditional_ess(runner_.weigh(change(d))); }, left, plan_.smc.ess);
    const Reweighting taken = change(difference);
    log_evidence_ += evidence_difference(runner_.weigh(taken), taken);
    runner_.reweight(taken);
    temperature_ = difference == left ? 1 : temperature_ + difference;
  }

  void resample() {
    const std::uint32_t word = philox(member_stream(key_, 0), Purpose::resampling, stage_).word[0];
    runner_.resample(uniform<double>(word));
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
    step_scale_ *= std::clamp(exponential(2 * (acceptance_ - target_acceptance)), 1 / most_change,
                              most_change);
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
    std::vector<double> weights, losses;
    std::vector<std::uint32_t> roots;
    runner_.read_weights(weights, roots);
    // They ascend, as ancestors do.
    block.ancestors =
        static_cast<std::uint32_t>(std::unique(roots.begin(), roots.end()) - roots.begin());
    runner_.read_losses(losses);
    block.mean_loss =
        std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
    std::vector<PhaseCode> labels, hulls;
    runner_.read_phases(labels, hulls);
    block.labels = shares(labels);
    block.hull_phases = shares(hulls);
    keep_draws(losses, labels, hulls, block);
  }

  // Evenly from the particles, which lie in the order of their ancestors.
  void keep_draws(const std::vector<double>& losses, const std::vector<PhaseCode>& labels,
                  const std::vector<PhaseCode>& hulls, SampleBlock& block) const {
    std::vector<std::uint32_t> kept(plan_.draws);
    for (std::uint32_t k = 0; k < plan_.draws; ++k)
      kept[k] = static_cast<std::uint32_t>(std::uint64_t{k} * plan_.smc.particles / plan_.draws);
    for (const std::uint32_t k : kept) {
      block.loss.push_back(losses[k]);
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
