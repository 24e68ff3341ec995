#include "io/sample_shard_reader.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "io/netcdf_file.hpp"

namespace kgon {
namespace {

using ByCode = std::map<PhaseCode, double> SampleBlock::*;
using Shape = std::vector<std::size_t>;

class PieceReader {
 public:
  PieceReader(const std::string& path, const SamplePlan& plan, const IslandPiece& piece)
      : file_(NetcdfFile::open(path)),
        plan_(plan),
        piece_(piece),
        blocks_(piece.runs * piece.islands.count) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      blocks_[i].run = piece.first_run + i / islands();
      blocks_[i].island = piece.islands.first + static_cast<std::uint32_t>(i % islands());
    }
  }

  std::vector<SampleBlock> read() && {
    check_settings();
    read_summary();
    if (plan_.is_markov()) {
      read_draws();
    } else {
      read_shares("occupancy", "phase", &SampleBlock::hull_phases);
      read_shares("label_occupancy", "level", &SampleBlock::labels);
    }
    if (!plan_.has_evidence()) read_chains();
    read_theory();
    return std::move(blocks_);
  }

 private:
  std::size_t islands() const { return piece_.islands.count; }

  // A variable that has this shape and T's type.
  template <class T>
  NetcdfVariable find(int group, const std::string& name, const Shape& shape) const {
    NetcdfVariable variable = file_.find_variable(group, name);
    if (variable.type != netcdf_type<T>() || variable.shape() != shape)
      file_.fail(
          fmt::format("its variable {} has another type or shape than its study says", name));
    return variable;
  }

  // Of these runs; `inner`: what follows the dimension of the runs.
  template <class T>
  std::vector<T> of_runs(int group, const std::string& name, const Shape& inner) const {
    Shape shape{plan_.runs.size()};
    shape.insert(shape.end(), inner.begin(), inner.end());
    Slab slab{Shape(shape.size(), 0), shape};
    const NetcdfVariable variable = find<T>(group, name, shape);
    slab.start[0] = piece_.first_run;
    slab.count[0] = piece_.runs;
    std::vector<T> values(slab.elements());
    file_.read(group, variable.id, slab, values.data());
    return values;
  }

  // Sets a field of every island.
  template <class T, class Field>
  void set(int group, const std::string& name, Field SampleBlock::*field) {
    const std::vector<T> values = of_runs<T>(group, name, {islands()});
    for (std::size_t i = 0; i < values.size(); ++i)
      blocks_[i].*field = static_cast<Field>(values[i]);
  }

  std::vector<PhaseCode> codes(int group, const std::string& dimension) const {
    const NetcdfVariable variable = file_.find_variable(group, dimension);
    std::vector<PhaseCode> codes(variable.elements());
    find<PhaseCode>(group, dimension, {codes.size()});
    file_.read(group, variable.id, {{0}, {codes.size()}}, codes.data());
    return codes;
  }

  // The hash of the study stands for the settings, so this is for files that were tampered with.
  void check_settings() const {
    const auto keys = of_runs<std::uint64_t>(summary_, "run_key", {});
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] != plan_.runs[piece_.first_run + i].key)
        file_.fail(fmt::format("its posterior {} is not that of its study", piece_.first_run + i));
  }

  void read_summary() {
    set<double>(summary_, "island_mean_loss", &SampleBlock::mean_loss);
    set<double>(summary_, "island_acceptance", &SampleBlock::acceptance);
    set<double>(summary_, "island_step_size", &SampleBlock::step_size);
    set<std::int64_t>(summary_, "island_leapfrogs", &SampleBlock::leapfrogs);
    if (plan_.has_evidence()) {
      set<double>(summary_, "island_log_evidence", &SampleBlock::log_evidence);
      set<std::int64_t>(summary_, "island_stages", &SampleBlock::stages);
      set<std::int64_t>(summary_, "island_ancestors", &SampleBlock::ancestors);
      return;
    }
    set<double>(summary_, "island_rhat", &SampleBlock::rhat);
    if (plan_.is_markov()) return;
    set<double>(summary_, "island_swap_rate", &SampleBlock::swap_rate);
    set<std::int64_t>(summary_, "island_round_trips", &SampleBlock::round_trips);
    // -1 in the file.
    for (SampleBlock& block : blocks_)
      if (std::isnan(block.swap_rate)) block.round_trips = 0;
    set<double>(summary_, "island_ess_bulk", &SampleBlock::bulk_ess);
    set<double>(summary_, "island_ess_tail", &SampleBlock::tail_ess);
  }

  void read_chains() {
    set<std::int64_t>(details_, "divergences", &SampleBlock::divergences);
    const auto fractions = of_runs<double>(details_, "e_bfmi", {islands()});
    for (std::size_t i = 0; i < fractions.size(); ++i) blocks_[i].energy_fraction = {fractions[i]};
  }

  void read_shares(const std::string& name, const std::string& dimension, ByCode shares) {
    const std::vector<PhaseCode> of = codes(details_, dimension);
    const auto values = of_runs<double>(details_, name, {islands(), of.size()});
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] != 0) (blocks_[i / of.size()].*shares)[of[i % of.size()]] = values[i];
  }

  // Phases without a number are no phases of the formula.
  void read_theory() {
    if (!file_.has_variable(details_, "theory_free_energy")) return;
    const std::vector<PhaseCode> of = codes(details_, "formula_phase");
    const auto values = of_runs<double>(details_, "theory_free_energy", {of.size()});
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!std::isnan(values[i]))
        blocks_[i / of.size() * islands()].theory[of[i % of.size()]] = values[i];
  }

  void read_draws() {
    const int group = file_.find_group("sample_stats");
    read_draws_of(group, "loss", &SampleBlock::loss);
    read_draws_of(group, "label", &SampleBlock::phase);
    read_draws_of(group, "hull_phase", &SampleBlock::hull_phase);
  }

  // In the file the runs of a draw lie side by side.
  template <class T>
  void read_draws_of(int group, const std::string& name, std::vector<T> SampleBlock::*column) {
    const std::size_t chains = plan_.sequences(), draws = plan_.draws;
    const NetcdfVariable variable =
        find<T>(group, name, {islands() * chains, draws, plan_.runs.size()});
    const std::size_t runs = piece_.runs;
    std::vector<T> values(chains * draws * runs);
    for (std::size_t island = 0; island < islands(); ++island) {
      const Slab slab{{island * chains, 0, piece_.first_run}, {chains, draws, runs}};
      file_.read(group, variable.id, slab, values.data());
      for (std::size_t run = 0; run < runs; ++run) {
        std::vector<T>& of_island = blocks_[run * islands() + island].*column;
        for (std::size_t d = 0; d < chains * draws; ++d)
          of_island.push_back(values[d * runs + run]);
      }
    }
  }

  const NetcdfFile file_;
  const SamplePlan& plan_;
  const IslandPiece piece_;
  const int summary_ = file_.find_group("sample"), details_ = file_.find_group("islands");
  std::vector<SampleBlock> blocks_;  // [runs, islands]
};

}  // namespace

std::vector<SampleBlock> read_islands(const std::string& path, const SamplePlan& plan,
                                      const IslandPiece& piece) {
  return PieceReader(path, plan, piece).read();
}

std::uint64_t island_reader_bytes(const SamplePlan& plan) {
  constexpr std::uint64_t of_draw = sizeof(double) + 2 * sizeof(PhaseCode);
  const std::uint64_t draws =
      plan.is_markov() ? std::uint64_t{plan.sequences()} * plan.draws : std::uint64_t{0};
  return plan.smc.islands * (sizeof(SampleBlock) + draws * of_draw);
}

}  // namespace kgon
