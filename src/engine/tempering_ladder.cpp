#include "engine/tempering_ladder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "engine/chain_diagnostics.hpp"
#include "engine/short_steps.hpp"
#include "engine/smc_island.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/dynamics/energy_changes.hpp"
#include "kgon/dynamics/hamiltonian.hpp"
#include "kgon/rng/distributions.hpp"

namespace kgon {
namespace {

// One posterior with its chains, and what they have seen since the warm-up.
struct Rung {
  std::unique_ptr<ParticleRunner> runner;
  std::uint64_t key = 0;
  double nbeta = 0;
  double step_scale = 1, step_size = 0;
  std::uint64_t accepted = 0, diverged = 0;       // steps
  std::vector<EnergyChanges> energies;            // of each chain, at the end of a round's moves
  std::uint64_t tried_swaps = 0, made_swaps = 0;  // with the rung above
  std::vector<double> losses;                     // of the chains, now
  std::vector<double> trace;                      // [chains, rounds]
  std::map<PhaseCode, std::uint64_t> hulls, labels;
  SampleBlock kept;  // its draws so far, with room for all

  // All but the runner, its constants and the draws.
  template <class Visit>
  void for_each_number(const Visit& visit) {
    visit(step_scale);
    visit(step_size);
    visit(accepted);
    visit(diverged);
    visit(energies);
    visit(tried_swaps);
    visit(made_swaps);
    visit(losses);
    visit(trace);
    visit(hulls);
    visit(labels);
  }
};

class LadderRun {
 public:
  LadderRun(const LadderTask& task,
            const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
            RunControl& control)
      : task_(task),
        plan_(*task.plan),
        ladder_(plan_.ladders[task.ladder]),
        first_(run_of(plan_, ladder_)),
        chains_(plan_.tempering.chains),
        parameters_(static_cast<std::size_t>(plan_.shape.parameter_count())),
        key_(chain_member(ladder_.key, task.island)),
        everyone_(chains_),
        posteriors_(static_cast<std::uint64_t>(std::ranges::count_if(
            ladder_.rungs, [](const LadderRung& rung) { return rung.run >= 0; }))),
        states_(task.states),
        control_(control) {
    std::iota(everyone_.begin(), everyone_.end(), 0u);
    for (std::size_t k = 0; k < ladder_.rungs.size(); ++k) start(k, make_runner());
    walker_.resize(rungs_.size() * chains_);
    for (std::size_t k = 0; k < rungs_.size(); ++k)
      for (std::uint32_t c = 0; c < chains_; ++c) walker_[k * chains_ + c] = static_cast<int>(k);
    has_been_up_.assign(rungs_.size() * chains_, false);
    has_been_down_.assign(rungs_.size() * chains_, false);
    if (!states_.earlier().empty()) restore();
  }

  bool run(std::vector<SampleBlock>& blocks) {
    const std::uint64_t total = plan_.tempering.warmup + plan_.tempering.rounds;
    for (; round_ < total; ++round_) {
      states_.offer(control_, [this] { return save(); });
      for (Rung& rung : rungs_) move(rung);
      swap();
      // A stop may have left moves, and the losses behind the swaps, half done.
      if (control_.stop) return false;
      if (is_counted()) record();
      tell_progress(total);
    }
    deliver(blocks);
    return true;
  }

 private:
  // What a round leaves to the next, in the order of the bytes.
  template <class Visit>
  void for_each_number(const Visit& visit) {
    visit(kept_);
    visit(round_);
    visit(round_trips_);
    visit(walker_);
    visit(has_been_up_);
    visit(has_been_down_);
  }

  Bytes save() {
    ByteWriter bytes;
    for_each_number([&](const auto& number) { bytes.put(number); });
    std::vector<double> parameters;
    for (Rung& rung : rungs_) {
      rung.for_each_number([&](const auto& number) { bytes.put(number); });
      put(rung.kept, bytes);
      rung.runner->read_parameters(everyone_, parameters);
      bytes.put(parameters);
    }
    return bytes.take();
  }

  void restore() {
    ByteReader bytes(states_.earlier());
    for_each_number([&](auto& number) { bytes.get(number); });
    std::vector<double> parameters;
    for (Rung& rung : rungs_) {
      rung.for_each_number([&](auto& number) { bytes.get(number); });
      get(rung.kept, bytes);
      bytes.get(parameters);
      rung.runner->place(parameters, rung.losses);
    }
    bytes.expect_end();
  }

  bool is_counted() const { return round_ >= plan_.tempering.warmup; }

  void start(std::size_t k, std::unique_ptr<ParticleRunner> runner) {
    Rung& rung = rungs_.emplace_back();
    rung.runner = std::move(runner);
    rung.key = chain_member(key_, k);
    rung.nbeta = first_.beta * ladder_.rungs[k].samples;
    rung.runner->start({rung.key, chains_, plan_.smc.leapfrogs, first_.prior_scale, task_.data[k],
                        k, &plan_.levels});
    rung.runner->read_losses(rung.losses);
    rung.energies.resize(chains_);
    if (ladder_.rungs[k].run >= 0) make_room(rung);
  }

  void make_room(Rung& rung) const {
    rung.trace.reserve(std::size_t{chains_} * plan_.tempering.rounds);
    const std::size_t draws = std::size_t{chains_} * plan_.draws;
    rung.kept.parameters.resize(draws * parameters_);
    rung.kept.loss.resize(draws);
    rung.kept.phase.resize(draws);
    rung.kept.hull_phase.resize(draws);
  }

  void move(Rung& rung) {
    const double factor = is_counted() ? 1 : short_step_factor(round_);
    rung.step_size =
        factor * rung.step_scale / stiffest_root_precision(first_.prior_scale, rung.nbeta);
    const std::uint64_t from = round_ * plan_.smc.moves;
    const std::uint64_t accepted =
        rung.runner->move({rung.nbeta, rung.step_size, from, from + plan_.smc.moves}, control_);
    const double part =
        static_cast<double>(accepted) / (static_cast<double>(chains_) * plan_.smc.moves);
    if (is_counted()) {
      rung.accepted += accepted;
      rung.runner->read_steps(steps_);
      for (std::size_t c = 0; c < chains_; ++c) rung.energies[c].add(steps_.hamiltonian[c]);
      rung.diverged +=
          std::accumulate(steps_.diverged.begin(), steps_.diverged.end(), std::uint64_t{0});
    } else if (factor == 1) {
      // Robbins and Monro: the steps of the adaptation get smaller, and end with the warm-up.
      const double gain = 2 / std::sqrt(1 + static_cast<double>(round_));
      rung.step_scale *= std::exp(gain * (part - target_acceptance));
    }
    rung.runner->read_losses(rung.losses);
  }

  // Even pairs and odd pairs in turn.
  void swap() {
    for (std::size_t k = round_ % 2; k + 1 < rungs_.size(); k += 2) swap_pair(k);
    // A single rung has no way up.
    for (std::uint32_t c = 0; rungs_.size() > 1 && c < chains_; ++c) count_trips(c);
  }

  // L of `points` on the data of the rung, whose own chains lose their places.
  std::vector<double> losses_at(Rung& rung, const std::vector<double>& points) {
    std::vector<double> losses;
    rung.runner->place(points, rung.losses);
    rung.runner->move({rung.nbeta, rung.step_size, 0, 0}, control_);  // no step: only the losses
    rung.runner->read_losses(losses);
    return losses;
  }

  void swap_pair(std::size_t k) {
    Rung &low = rungs_[k], &high = rungs_[k + 1];
    std::vector<double> at_low, at_high;
    low.runner->read_parameters(everyone_, at_low);
    high.runner->read_parameters(everyone_, at_high);
    // With the population all rungs have one loss.
    const bool one_loss = task_.data[k] == nullptr;
    const std::vector<double> low_of_high = one_loss ? high.losses : losses_at(low, at_high);
    const std::vector<double> high_of_low = one_loss ? low.losses : losses_at(high, at_low);
    for (std::uint32_t c = 0; c < chains_; ++c) {
      const double gain = low.nbeta * (low.losses[c] - low_of_high[c]) +
                          high.nbeta * (high.losses[c] - high_of_low[c]);
      const bool made = std::log(swap_uniform(k, c)) < gain;
      if (is_counted()) {
        ++low.tried_swaps;
        low.made_swaps += made ? 1 : 0;
      }
      if (!made) continue;
      std::swap_ranges(at_low.begin() + static_cast<std::ptrdiff_t>(c * parameters_),
                       at_low.begin() + static_cast<std::ptrdiff_t>((c + 1) * parameters_),
                       at_high.begin() + static_cast<std::ptrdiff_t>(c * parameters_));
      low.losses[c] = low_of_high[c];
      high.losses[c] = high_of_low[c];
      std::swap(walker_[k * chains_ + c], walker_[(k + 1) * chains_ + c]);
    }
    low.runner->place(at_low, low.losses);
    high.runner->place(at_high, high.losses);
  }

  double swap_uniform(std::size_t k, std::uint32_t chain) const {
    const std::uint64_t draw = round_ * rungs_.size() + k;
    return uniform<double>(
        philox(member_stream(key_, chain), Purpose::swap, draw / 4).word[draw % 4]);
  }

  // A walker has made a round trip when it comes to the lowest rung from the highest.
  void count_trips(std::uint32_t chain) {
    const auto mark = [&](std::size_t rung, std::vector<bool>& marks) {
      marks[static_cast<std::size_t>(walker_[rung * chains_ + chain]) * chains_ + chain] = true;
    };
    mark(rungs_.size() - 1, has_been_up_);
    const std::size_t lowest = static_cast<std::size_t>(walker_[chain]) * chains_ + chain;
    if (has_been_up_[lowest] && has_been_down_[lowest] && is_counted()) ++round_trips_;
    if (has_been_up_[lowest]) has_been_up_[lowest] = false;
    has_been_down_[lowest] = true;
  }

  void record() {
    const bool keeps = end_of_kept() > kept_;
    std::vector<PhaseCode> labels, hulls;
    for (std::size_t k = 0; k < rungs_.size(); ++k) {
      if (ladder_.rungs[k].run < 0) continue;
      Rung& rung = rungs_[k];
      rung.runner->read_phases(labels, hulls);
      for (const PhaseCode code : labels) ++rung.labels[code];
      for (const PhaseCode code : hulls) ++rung.hulls[code];
      rung.trace.insert(rung.trace.end(), rung.losses.begin(), rung.losses.end());
      if (keeps) keep_draw(rung, labels, hulls);
    }
    kept_ = end_of_kept();
  }

  // Draws are spread evenly over the rounds, of which there are at least as many.
  std::uint32_t end_of_kept() const {
    const std::uint64_t done = round_ + 1 - plan_.tempering.warmup, all = plan_.tempering.rounds;
    return static_cast<std::uint32_t>(done * plan_.draws / all);
  }

  // The next draw of every chain of the rung.
  void keep_draw(Rung& rung, const std::vector<PhaseCode>& labels,
                 const std::vector<PhaseCode>& hulls) const {
    std::vector<double> w;
    rung.runner->read_parameters(everyone_, w);
    for (std::size_t c = 0; c < chains_; ++c) {
      const std::size_t at = c * plan_.draws + kept_;
      std::copy_n(w.begin() + static_cast<std::ptrdiff_t>(c * parameters_), parameters_,
                  rung.kept.parameters.begin() + static_cast<std::ptrdiff_t>(at * parameters_));
      rung.kept.loss[at] = rung.losses[c];
      rung.kept.phase[at] = labels[c];
      rung.kept.hull_phase[at] = hulls[c];
    }
  }

  void tell_progress(std::uint64_t total) {
    const std::uint64_t to = posteriors_ * island_progress * (round_ + 1) / total;
    control_.member_steps += to - told_;
    told_ = to;
  }

  void deliver(std::vector<SampleBlock>& blocks) {
    std::uint64_t leapfrogs = 0;  // of the rungs that no block counts yet
    for (std::size_t k = 0; k < rungs_.size(); ++k) {
      leapfrogs += leapfrogs_of(rungs_[k]);
      if (ladder_.rungs[k].run < 0) continue;
      blocks.push_back(block_of(k));
      blocks.back().leapfrogs = std::exchange(leapfrogs, 0);
    }
    blocks.back().leapfrogs += leapfrogs;
  }

  // The smaller one of those with the rungs below and above; NaN where there are none.
  double swap_rate(std::size_t k) const {
    double smaller = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t low = k == 0 ? 0 : k - 1; low <= k && low + 1 < rungs_.size(); ++low)
      smaller = std::fmin(smaller, static_cast<double>(rungs_[low].made_swaps) /
                                       static_cast<double>(rungs_[low].tried_swaps));
    return smaller;
  }

  SampleBlock block_of(std::size_t k) {
    Rung& rung = rungs_[k];
    const double rounds = plan_.tempering.rounds, draws = rounds * chains_;
    SampleBlock block = std::move(rung.kept);
    block.run = static_cast<std::size_t>(ladder_.rungs[k].run);
    block.island = task_.island;
    block.mean_loss = std::accumulate(rung.trace.begin(), rung.trace.end(), 0.0) / draws;
    for (const auto& [code, count] : rung.hulls)
      block.hull_phases[code] = static_cast<double>(count) / draws;
    for (const auto& [code, count] : rung.labels)
      block.labels[code] = static_cast<double>(count) / draws;
    block.acceptance = static_cast<double>(rung.accepted) / (draws * plan_.smc.moves);
    block.divergences = rung.diverged;
    for (const EnergyChanges& energies : rung.energies)
      block.energy_fraction.push_back(energies.fraction());
    block.step_size = rung.step_size;
    block.swap_rate = swap_rate(k);
    block.round_trips = round_trips_;
    const ChainDiagnostics of_loss = diagnose_losses(rung);
    block.rhat = of_loss.rhat;
    block.bulk_ess = of_loss.bulk_ess;
    block.tail_ess = of_loss.tail_ess;
    return block;
  }

  // Of all its chains, the warm-up included.
  std::uint64_t leapfrogs_of(const Rung& rung) const {
    std::uint64_t leapfrogs = 0;
    for (std::uint64_t t = 0; t < round_ * plan_.smc.moves; ++t)
      leapfrogs += leapfrog_count(rung.key, Purpose::particle_leapfrogs, t, plan_.smc.leapfrogs);
    return leapfrogs * chains_;
  }

  // The trace lies round by round.
  ChainDiagnostics diagnose_losses(const Rung& rung) const {
    const std::size_t rounds = plan_.tempering.rounds;
    std::vector<double> by_chain(rung.trace.size());
    for (std::size_t r = 0; r < rounds; ++r)
      for (std::size_t c = 0; c < chains_; ++c)
        by_chain[c * rounds + r] = rung.trace[r * chains_ + c];
    return diagnose(ChainDraws(by_chain, chains_, rounds));
  }

  const LadderTask& task_;
  const SamplePlan& plan_;
  const SampleLadder& ladder_;
  const SampleRun& first_;
  const std::uint32_t chains_;
  const std::size_t parameters_;
  const std::uint64_t key_;
  std::vector<std::uint32_t> everyone_;
  const std::uint64_t posteriors_;  // rungs that have a run
  WorkStates states_;
  RunControl& control_;

  std::vector<Rung> rungs_;
  ParticleSteps steps_;     // of the rung that moved last
  std::uint32_t kept_ = 0;  // draws of each chain so far
  std::uint64_t round_ = 0, told_ = 0, round_trips_ = 0;
  std::vector<int> walker_;  // [rungs, chains] which walker is there, by the rung it started on
  std::vector<bool> has_been_up_, has_been_down_;  // [walkers, chains]
};

}  // namespace

const SampleRun& run_of(const SamplePlan& plan, const SampleLadder& ladder) {
  const auto found =
      std::ranges::find_if(ladder.rungs, [](const LadderRung& rung) { return rung.run >= 0; });
  return plan.runs[static_cast<std::size_t>(found->run)];
}

bool run_ladder(const LadderTask& task,
                const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
                std::vector<SampleBlock>& blocks, RunControl& control) {
  return LadderRun(task, make_runner, control).run(blocks);
}

}  // namespace kgon
