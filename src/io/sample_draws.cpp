#include "io/sample_draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace kgon {

DrawGroup::DrawGroup(NetcdfFile& file, const SamplePlan& plan, const std::string& name)
    : file_(file), plan_(plan), group_(file, name) {
  const std::size_t chains = std::size_t{plan.islands().count} * plan.sequences();
  chain_ = group_.coordinate(
      "chain", chains, std::uint64_t{plan.islands().first} * plan.sequences(),
      plan.method == SampleMethod::smc ? "index of the island" : "index of the chain");
  draw_ = group_.coordinate("draw", plan.draws, 0,
                            plan.method == SampleMethod::smc
                                ? "index of the particle among those kept"
                                : "index of the state among those kept, in the order of time");
  run_ = group_.coordinate("run", plan.runs.size(), 0, "index of the posterior");
}

template <class T, class Get>
int DrawGroup::add(const std::string& name, const std::vector<int>& inner,
                   const std::vector<std::size_t>& lengths, Get get, const std::string& long_name,
                   const std::string& units) {
  std::vector<int> dimensions{chain_, draw_, run_};
  dimensions.insert(dimensions.end(), inner.begin(), inner.end());
  const int variable = group_.define(name, netcdf_type<T>(), dimensions, long_name, units);
  writers_.push_back([this, variable, lengths, get](const SampleBlock& block) {
    write_with<T>(variable, lengths, get, block);
  });
  return variable;
}

template <class Get>
void DrawGroup::add_boolean(const std::string& name, Get get, const std::string& long_name) {
  const int variable = group_.define_boolean(name, {chain_, draw_, run_}, long_name);
  writers_.push_back([this, variable, get](const SampleBlock& block) {
    write_with<std::int8_t>(variable, {}, get, block);
  });
}

void DrawGroup::write(const SampleBlock& block) const {
  for (const auto& write : writers_) write(block);
}

// All draws of an island, without inner dimensions.
Slab DrawGroup::slab_of(const SampleBlock& block) const {
  const std::size_t sequences = plan_.sequences();
  return {{(block.island - plan_.islands().first) * sequences, 0, block.run},
          {sequences, plan_.draws, 1}};
}

// In pieces: the values of a block once more may be many.
template <class T, class Get>
void DrawGroup::write_with(int variable, const std::vector<std::size_t>& lengths, const Get& get,
                           const SampleBlock& block) const {
  constexpr std::size_t values_at_once = std::size_t{1} << 20;
  std::size_t of_draw = 1;
  for (const std::size_t length : lengths) of_draw *= length;
  const std::size_t at_once = std::max<std::size_t>(1, values_at_once / of_draw);
  Slab slab = slab_of(block);
  slab.start.insert(slab.start.end(), lengths.size(), 0);
  slab.count.insert(slab.count.end(), lengths.begin(), lengths.end());
  slab.count[0] = 1;
  std::vector<T> values;
  for (std::size_t sequence = 0; sequence < plan_.sequences(); ++sequence, ++slab.start[0]) {
    for (std::size_t first = 0; first < plan_.draws; first += at_once) {
      const std::size_t end = std::min<std::size_t>(first + at_once, plan_.draws);
      values.clear();
      for (std::size_t draw = first; draw < end; ++draw)
        get(block, plan_.runs[block.run], sequence * plan_.draws + draw, values);
      slab.start[1] = first;
      slab.count[1] = end - first;
      file_.write(group_.id(), variable, slab, values.data());
    }
  }
}

template <class T>
void DrawGroup::read(int variable, const SampleBlock& block, std::vector<T>& values) const {
  const Slab slab = slab_of(block);
  values.resize(slab.elements());
  file_.read(group_.id(), variable, slab, values.data());
}

namespace {

double log_density(const SampleBlock& block, const SampleRun& run, std::size_t draw) {
  const std::size_t parameters = block.parameters.size() / block.loss.size();
  double norm2 = 0;
  for (std::size_t i = draw * parameters; i < (draw + 1) * parameters; ++i)
    norm2 += block.parameters[i] * block.parameters[i];
  return -(run.samples * run.beta * block.loss[draw]) -
         norm2 / (2 * run.prior_scale * run.prior_scale);
}

// By ArviZ's names.
void add_chain_statistics(DrawGroup& draws, bool with_depth) {
  const auto field = [](auto DrawStatistics::*column) {
    return [column](const SampleBlock& block, const SampleRun&, std::size_t draw, auto& values) {
      values.push_back(block.statistics[draw].*column);
    };
  };
  draws.add<double>("energy", {}, {}, field(&DrawStatistics::hamiltonian),
                    "Hamiltonian: -lp and the kinetic energy", "1");
  draws.add<double>("acceptance_rate", {}, {}, field(&DrawStatistics::acceptance),
                    "acceptance, mean over the trajectory or over the steps of the draw", "1");
  draws.add<double>("step_size", {}, {}, field(&DrawStatistics::step_size),
                    "step size of a leapfrog", "1");
  draws.add<std::int64_t>("n_steps", {}, {}, field(&DrawStatistics::leapfrogs), "leapfrogs", "1");
  if (with_depth)
    draws.add<std::int32_t>("tree_depth", {}, {}, field(&DrawStatistics::tree_depth),
                            "doublings of the trajectory", "1");
  draws.add_boolean("diverging", field(&DrawStatistics::diverging),
                    "the energy rose by more than 1000");
}

}  // namespace

SampleDraws::SampleDraws(NetcdfFile& file, const SamplePlan& plan)
    : plan_(plan), posterior_(file, plan, "posterior"), statistics_(file, plan, "sample_stats") {
  define_posterior();
  define_statistics();
  statistics_.definition().finish(&posterior_.definition());
}

void SampleDraws::define_posterior() {
  const auto [hidden, feature] = posterior_.definition().point_coordinates(plan_.shape);
  const auto rows = static_cast<std::size_t>(plan_.shape.hidden);
  const auto columns = static_cast<std::size_t>(plan_.shape.features);
  // The entries from..from+count-1 of the draw's parameters.
  const auto part = [parameters = (rows + 1) * columns](std::size_t from, std::size_t count) {
    return [=](const SampleBlock& block, const SampleRun&, std::size_t draw,
               std::vector<double>& values) {
      const auto first =
          block.parameters.begin() + static_cast<std::ptrdiff_t>(draw * parameters + from);
      values.insert(values.end(), first, first + static_cast<std::ptrdiff_t>(count));
    };
  };
  posterior_.add<double>("W", {hidden, feature}, {rows, columns}, part(0, rows * columns),
                         "weights", "1");
  posterior_.add<double>("b", {feature}, {columns}, part(rows * columns, columns), "biases", "1");
}

void SampleDraws::define_statistics() {
  statistics_.add<double>(
      "lp", {}, {},
      [](const SampleBlock& block, const SampleRun& run, std::size_t draw,
         std::vector<double>& values) { values.push_back(log_density(block, run, draw)); },
      "log of the posterior density but for a constant: -n beta L - |w|^2 / (2 s^2)", "1");
  const auto field = [](auto SampleBlock::*column) {
    return [column](const SampleBlock& block, const SampleRun&, std::size_t draw, auto& values) {
      values.push_back((block.*column)[draw]);
    };
  };
  loss_ =
      statistics_.add<double>("loss", {}, {}, field(&SampleBlock::loss), "loss of the draw", "1");
  label_ = statistics_.add<PhaseCode>("label", {}, {}, field(&SampleBlock::phase),
                                      "label of the structure that the draw has");
  statistics_.definition().put_flags(label_, level_flags(plan_.levels));
  hull_ = statistics_.add<PhaseCode>("hull_phase", {}, {}, field(&SampleBlock::hull_phase),
                                     "hull vertices of all columns and positive biases");
  statistics_.definition().put_flags(hull_, hull_flags(plan_.shape.features));
  if (plan_.is_markov()) add_chain_statistics(statistics_, plan_.method == SampleMethod::nuts);
}

void SampleDraws::write(const SampleBlock& block) const {
  const auto parameters = static_cast<std::size_t>(plan_.shape.parameter_count());
  const std::size_t draws = std::size_t{plan_.sequences()} * plan_.draws;
  if (block.parameters.size() != draws * parameters || block.loss.size() != draws ||
      block.phase.size() != draws || block.hull_phase.size() != draws ||
      block.statistics.size() != (plan_.is_markov() ? draws : 0))
    throw std::logic_error(
        fmt::format("island {} of run {} does not have the plan's draws", block.island, block.run));
  posterior_.write(block);
  statistics_.write(block);
}

void SampleDraws::read(SampleBlock& block) const {
  statistics_.read(loss_, block, block.loss);
  statistics_.read(label_, block, block.phase);
  statistics_.read(hull_, block, block.hull_phase);
}

}  // namespace kgon
