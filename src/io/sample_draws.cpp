// The groups of draws, as ArviZ has them.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"
#include "io/sample_groups.hpp"

namespace kgon {
namespace {

// A group with the draws of the islands as ArviZ has them: a chain is an island of smc, or one of
// the chains of an island.
class Draws {
 public:
  Draws(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found,
        const std::string& name)
      : file_(file), plan_(plan), found_(found), group_(file, name) {
    chain_ = group_.coordinate(
        "chain", chains(), std::uint64_t{plan.islands().first} * plan.sequences(),
        plan.method == SampleMethod::smc ? "index of the island" : "index of the chain");
    draw_ = group_.coordinate("draw", plan.draws, 0,
                              plan.method == SampleMethod::smc
                                  ? "index of the particle among those kept"
                                  : "index of the state among those kept, in the order of time");
    run_ = group_.coordinate("run", plan.runs.size(), 0, "index of the posterior");
  }

  GroupDefinition& group() { return group_; }
  std::size_t chains() const { return std::size_t{plan_.islands().count} * plan_.sequences(); }

  // get(block, run, draw, values) appends the values of a draw, which fill the dimensions `inner`.
  template <class T, class Get>
  int add(const std::string& name, const std::vector<int>& inner,
          const std::vector<std::size_t>& lengths, Get get, const std::string& long_name,
          const std::string& units = "") {
    std::vector<int> dimensions{chain_, draw_, run_};
    dimensions.insert(dimensions.end(), inner.begin(), inner.end());
    const int variable = group_.define(name, netcdf_type<T>(), dimensions, long_name, units);
    write_with<T>(variable, lengths, get);
    return variable;
  }
  template <class Get>
  void add_boolean(const std::string& name, Get get, const std::string& long_name) {
    write_with<std::int8_t>(group_.define_boolean(name, {chain_, draw_, run_}, long_name), {}, get);
  }

 private:
  template <class T, class Get>
  void write_with(int variable, const std::vector<std::size_t>& lengths, Get get) {
    group_.write_later([this, variable, lengths, get] { write<T>(variable, lengths, get); });
  }

  // Chain by chain, in pieces of draws that lie together in the file.
  template <class T, class Get>
  void write(int variable, const std::vector<std::size_t>& lengths, const Get& get) {
    constexpr std::size_t values_at_once = std::size_t{1} << 20;
    std::size_t row = plan_.runs.size();
    for (const std::size_t length : lengths) row *= length;
    const std::size_t at_once = std::max<std::size_t>(1, values_at_once / row);
    Slab slab{{0, 0, 0}, {1, 0, plan_.runs.size()}};
    slab.start.insert(slab.start.end(), lengths.size(), 0);
    slab.count.insert(slab.count.end(), lengths.begin(), lengths.end());
    std::vector<T> values;
    for (std::size_t chain = 0; chain < chains(); ++chain) {
      const std::size_t island = chain / plan_.sequences();
      const std::size_t before = chain % plan_.sequences() * plan_.draws;
      for (std::size_t first = 0; first < plan_.draws; first += at_once) {
        const std::size_t end = std::min<std::size_t>(first + at_once, plan_.draws);
        values.clear();
        for (std::size_t draw = first; draw < end; ++draw)
          for (std::size_t run = 0; run < plan_.runs.size(); ++run)
            get(found_.islands[run * plan_.islands().count + island], plan_.runs[run],
                before + draw, values);
        slab.start[0] = chain;
        slab.start[1] = first;
        slab.count[1] = end - first;
        file_.write(group_.id(), variable, slab, values.data());
      }
    }
  }

  NetcdfFile& file_;
  const SamplePlan& plan_;
  const SampleFindings& found_;
  GroupDefinition group_;
  int chain_ = -1, draw_ = -1, run_ = -1;
};

void write_posterior(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found) {
  Draws draws(file, plan, found, "posterior");
  const auto [hidden, feature] = draws.group().point_coordinates(plan.shape);
  const auto rows = static_cast<std::size_t>(plan.shape.hidden);
  const auto columns = static_cast<std::size_t>(plan.shape.features);
  // The entries from..from+count-1 of the draw's parameters.
  const auto part = [parameters = (rows + 1) * columns](std::size_t from, std::size_t count) {
    return [=](const SampleBlock& block, const SampleRun&, std::size_t draw,
               std::vector<double>& values) {
      const auto first =
          block.parameters.begin() + static_cast<std::ptrdiff_t>(draw * parameters + from);
      values.insert(values.end(), first, first + static_cast<std::ptrdiff_t>(count));
    };
  };
  draws.add<double>("W", {hidden, feature}, {rows, columns}, part(0, rows * columns), "weights",
                    "1");
  draws.add<double>("b", {feature}, {columns}, part(rows * columns, columns), "biases", "1");
  draws.group().finish();
}

double log_density(const SampleBlock& block, const SampleRun& run, std::size_t draw) {
  const std::size_t parameters = block.parameters.size() / block.loss.size();
  double norm2 = 0;
  for (std::size_t i = draw * parameters; i < (draw + 1) * parameters; ++i)
    norm2 += block.parameters[i] * block.parameters[i];
  return -(run.samples * run.beta * block.loss[draw]) -
         norm2 / (2 * run.prior_scale * run.prior_scale);
}

// By ArviZ's names.
void add_chain_statistics(Draws& draws, bool with_depth) {
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

void write_statistics(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found) {
  Draws draws(file, plan, found, "sample_stats");
  draws.add<double>(
      "lp", {}, {},
      [](const SampleBlock& block, const SampleRun& run, std::size_t draw,
         std::vector<double>& values) { values.push_back(log_density(block, run, draw)); },
      "log of the posterior density but for a constant: -n beta L - |w|^2 / (2 s^2)", "1");
  const auto field = [](auto SampleBlock::*column) {
    return [column](const SampleBlock& block, const SampleRun&, std::size_t draw, auto& values) {
      values.push_back((block.*column)[draw]);
    };
  };
  draws.add<double>("loss", {}, {}, field(&SampleBlock::loss), "loss of the draw", "1");
  const int phase = draws.add<PhaseCode>("label", {}, {}, field(&SampleBlock::phase),
                                         "label of the structure that the draw has");
  draws.group().put_flags(phase, level_flags(plan.levels));
  const int hull = draws.add<PhaseCode>("hull_phase", {}, {}, field(&SampleBlock::hull_phase),
                                        "hull vertices of all columns and positive biases");
  draws.group().put_flags(hull, hull_flags(plan.shape.features));
  if (plan.is_markov()) add_chain_statistics(draws, plan.method == SampleMethod::nuts);
  draws.group().finish();
}

}  // namespace

void write_sample_draws(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found) {
  write_posterior(file, plan, found);
  write_statistics(file, plan, found);
}

}  // namespace kgon
