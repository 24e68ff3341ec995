#include "engine/chain_island.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/chain_diagnostics.hpp"
#include "engine/chain_start.hpp"
#include "engine/short_steps.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/dynamics/hamiltonian.hpp"

namespace kgon {
namespace {

// What both samplers know of their island.
struct Island {
  Island(const IslandTask& task, RunControl& run_control)
      : plan(*task.plan),
        run(plan.runs[task.run]),
        key(chain_member(run.key, task.island)),
        nbeta(run.beta * run.samples),
        steps(plan.chains.warmup + std::uint64_t{plan.draws} * plan.chains.thin),
        control(run_control) {}

  std::vector<double> starts() const {
    return chain_starts(plan.chains.start, key, plan.chains.chains, plan.shape.parameter_count(),
                        run.prior_scale);
  }

  // done: of the island's work, 0 to 1.
  void tell_progress(double done) {
    const auto to = static_cast<std::uint64_t>(done * island_progress);
    control.member_steps += to - told;
    told = to;
  }

  const SamplePlan& plan;
  const SampleRun& run;
  const std::uint64_t key;
  const double nbeta;
  const std::uint64_t steps;  // of a chain
  RunControl& control;
  std::uint64_t told = 0;
};

// Means over all draws of the island, which are in `block`.
void summarise(const SamplePlan& plan, SampleBlock& block) {
  const auto count = static_cast<double>(block.loss.size());
  block.mean_loss = std::accumulate(block.loss.begin(), block.loss.end(), 0.0) / count;
  for (const PhaseCode code : block.phase) ++block.labels[code];
  for (const PhaseCode code : block.hull_phase) ++block.hull_phases[code];
  for (auto& [code, share] : block.labels) share /= count;
  for (auto& [code, share] : block.hull_phases) share /= count;
  for (const DrawStatistics& draw : block.statistics) {
    block.acceptance += draw.acceptance / count;
    block.step_size += draw.step_size / count;
  }
  block.rhat = split_rhat(ChainDraws(block.loss, plan.chains.chains, plan.draws));
}

class HmcRun {
 public:
  HmcRun(const IslandTask& task, ParticleRunner& runner, RunControl& control)
      : island_(task, control),
        plan_(island_.plan),
        runner_(runner),
        states_(task.states),
        everyone_(chains()) {
    std::iota(everyone_.begin(), everyone_.end(), 0u);
    runner_.start({island_.key, chains(), plan_.smc.leapfrogs, island_.run.prior_scale, task.data,
                   task.run, &plan_.levels});
    runner_.place(island_.starts(), std::vector<double>(chains()));
    step_size_ = 1 / stiffest_root_precision(island_.run.prior_scale, island_.nbeta);
  }

  bool run(SampleBlock& block) {
    resize(block);
    energies_.resize(chains());
    if (!states_.earlier().empty()) restore(block);
    while (step_ < plan_.chains.warmup) {
      const double factor = short_step_factor(step_);
      const std::uint64_t accepted = move(factor);
      if (island_.control.stop) return false;
      if (factor == 1) adapt(static_cast<double>(accepted) / chains());
      states_.offer(island_.control, [&] { return save(block); });
    }
    if (adaptation_.updates > 0) step_size_ = std::exp(adaptation_.mean_log_step);
    const auto done = static_cast<std::uint32_t>((step_ - plan_.chains.warmup) / plan_.chains.thin);
    for (std::uint32_t draw = done; draw < plan_.draws; ++draw) {
      if (!draw_once(draw, block)) return false;
      states_.offer(island_.control, [&] { return save(block); });
    }
    block.leapfrogs = leapfrogs_ * chains();
    for (const EnergyChanges& energies : energies_)
      block.energy_fraction.push_back(energies.fraction());
    summarise(plan_, block);
    return true;
  }

 private:
  std::uint32_t chains() const { return plan_.chains.chains; }

  // What a draw leaves to the next, in the order of the bytes.
  template <class Visit>
  void for_each_number(const Visit& visit) {
    visit(step_size_);
    visit(adaptation_);
    visit(step_);
    visit(leapfrogs_);
    visit(energies_);
  }

  Bytes save(const SampleBlock& block) {
    ByteWriter bytes;
    for_each_number([&](const auto& number) { bytes.put(number); });
    runner_.read_losses(losses_);
    runner_.read_parameters(everyone_, parameters_);
    bytes.put(losses_);
    bytes.put(parameters_);
    put(block, bytes);
    return bytes.take();
  }

  void restore(SampleBlock& block) {
    ByteReader bytes(states_.earlier());
    for_each_number([&](auto& number) { bytes.get(number); });
    bytes.get(losses_);
    bytes.get(parameters_);
    get(block, bytes);
    bytes.expect_end();
    runner_.place(parameters_, losses_);
  }

  void resize(SampleBlock& block) const {
    const std::size_t draws = std::size_t{chains()} * plan_.draws;
    block.parameters.resize(draws * static_cast<std::size_t>(plan_.shape.parameter_count()));
    block.loss.resize(draws);
    block.phase.resize(draws);
    block.hull_phase.resize(draws);
    block.statistics.resize(draws);
  }

  // One step, of the chains' step size times `factor`. Returns the accepted ones of all chains.
  std::uint64_t move(double factor) {
    leapfrogs_ +=
        leapfrog_count(island_.key, Purpose::particle_leapfrogs, step_, plan_.smc.leapfrogs);
    const ParticleStage stage{island_.nbeta, factor * step_size_, step_, step_ + 1};
    ++step_;
    const std::uint64_t accepted = runner_.move(stage, island_.control);
    island_.tell_progress(static_cast<double>(step_) / static_cast<double>(island_.steps));
    return accepted;
  }

  void adapt(double acceptance) {
    if (adaptation_.updates == 0) restart(adaptation_, std::log(step_size_));
    kgon::adapt(adaptation_, plan_.chains.target, acceptance);
    step_size_ = std::exp(adaptation_.log_step);
  }

  // The steps up to the next draw; false if stopped.
  bool draw_once(std::uint32_t draw, SampleBlock& block) {
    std::vector<DrawStatistics> made(chains());
    const std::uint64_t before = leapfrogs_;
    for (std::uint32_t k = 0; k < plan_.chains.thin; ++k) {
      move(1);
      if (island_.control.stop) return false;
      runner_.read_steps(steps_);
      for (std::size_t c = 0; c < chains(); ++c) {
        energies_[c].add(steps_.hamiltonian[c]);
        made[c].hamiltonian = steps_.hamiltonian[c];
        made[c].acceptance += static_cast<double>(steps_.accepted[c]) / plan_.chains.thin;
        made[c].diverging |= steps_.diverged[c] > 0;
        block.divergences += steps_.diverged[c];
      }
    }
    for (DrawStatistics& statistics : made) {
      statistics.step_size = step_size_;
      statistics.leapfrogs = static_cast<std::uint32_t>(leapfrogs_ - before);
    }
    keep(draw, made, block);
    return true;
  }

  void keep(std::uint32_t draw, const std::vector<DrawStatistics>& made, SampleBlock& block) {
    runner_.read_losses(losses_);
    runner_.read_phases(labels_, hulls_);
    runner_.read_parameters(everyone_, parameters_);
    const std::size_t size = parameters_.size() / chains();
    for (std::size_t c = 0; c < chains(); ++c) {
      const std::size_t at = c * plan_.draws + draw;
      std::copy_n(parameters_.begin() + static_cast<std::ptrdiff_t>(c * size), size,
                  block.parameters.begin() + static_cast<std::ptrdiff_t>(at * size));
      block.loss[at] = losses_[c];
      block.phase[at] = labels_[c];
      block.hull_phase[at] = hulls_[c];
      block.statistics[at] = made[c];
    }
  }

  Island island_;
  const SamplePlan& plan_;
  ParticleRunner& runner_;
  WorkStates states_;
  std::vector<std::uint32_t> everyone_;
  double step_size_ = 0;  // size of a leapfrog
  StepSizeState adaptation_{};
  std::uint64_t step_ = 0;       // Hamiltonian steps so far
  std::uint64_t leapfrogs_ = 0;  // of one chain
  std::vector<double> losses_, parameters_;
  std::vector<PhaseCode> labels_, hulls_;
  ParticleSteps steps_;
  std::vector<EnergyChanges> energies_;
};

void fill(const std::vector<NutsState>& states, const SamplePlan& plan, NutsDraws&& drawn,
          SampleBlock& block) {
  block.parameters = std::move(drawn.parameters);
  block.phase = std::move(drawn.labels);
  block.hull_phase = std::move(drawn.hulls);
  for (std::size_t at = 0; at < drawn.draws.size(); ++at) {
    const NutsDraw& draw = drawn.draws[at];
    block.loss.push_back(draw.loss);
    block.statistics.push_back({draw.hamiltonian, static_cast<double>(draw.acceptance),
                                states[at / plan.draws].step_size, draw.leapfrogs, draw.depth,
                                draw.diverging != 0});
  }
  for (const NutsState& state : states) {
    block.leapfrogs += state.leapfrogs;
    block.divergences += state.divergences;
    block.energy_fraction.push_back(state.energies.fraction());
  }
  summarise(plan, block);
}

NutsSettings nuts_settings(const Island& island) {
  const ChainSampling& chains = island.plan.chains;
  NutsSettings settings;
  settings.key = island.key;
  settings.nbeta = island.nbeta;
  settings.prior_scale = island.run.prior_scale;
  settings.first_step = 1 / stiffest_root_precision(island.run.prior_scale, island.nbeta);
  settings.warmup = warmup_schedule(chains.warmup, chains.target);
  settings.max_depth = chains.max_depth;
  settings.draws = island.plan.draws;
  settings.thin = chains.thin;
  return settings;
}

}  // namespace

bool run_hmc_island(const IslandTask& task, ParticleRunner& runner, SampleBlock& block,
                    RunControl& control) {
  begin_block(task, block);
  return HmcRun(task, runner, control).run(block);
}

bool run_nuts_island(const IslandTask& task, NutsRunner& runner, SampleBlock& block,
                     RunControl& control) {
  begin_block(task, block);
  Island island(task, control);
  const std::uint32_t chains = island.plan.chains.chains;
  runner.start({nuts_settings(island), chains, task.data, task.run, &island.plan.levels},
               island.starts());
  WorkStates on_the_way = task.states;
  if (!on_the_way.earlier().empty()) {
    ByteReader bytes(on_the_way.earlier());
    runner.restore(bytes);
    bytes.expect_end();
  }
  std::vector<NutsState> states;
  for (bool done = false; !done;) {
    done = runner.advance(control);
    if (control.stop) return false;
    runner.read_states(states);
    double steps = 0;
    for (const NutsState& state : states) steps += static_cast<double>(state.step);
    island.tell_progress(steps / (static_cast<double>(island.steps) * chains));
    on_the_way.offer(control, [&] {
      ByteWriter bytes;
      runner.save(bytes);
      return bytes.take();
    });
  }
  NutsDraws drawn;
  runner.read_draws(drawn);
  fill(states, island.plan, std::move(drawn), block);
  return true;
}

}  // namespace kgon
