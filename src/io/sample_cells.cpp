#include "io/sample_cells.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/sample_ladders.hpp"
#include "io/setting_use.hpp"
#include "io/stage_settings.hpp"
#include "io/start_points.hpp"
#include "io/sweep.hpp"
#include "kgon/engine/sample_block.hpp"

namespace kgon {
namespace {

constexpr KeyCondition sample_conditions[] = {
    {"datasets", "dataset = sampled"},
    {"particles", "sampler = smc"},
    {"ess", "sampler = smc"},
    {"moves", "sampler = smc or tempering"},
    {"leapfrogs", "sampler = smc, tempering or hmc"},
    {"chains", "sampler = tempering, hmc or nuts"},
    {"warmup", "sampler = tempering, hmc or nuts"},
    {"rounds", "sampler = tempering"},
    {"ladder-ratio", "sampler = tempering"},
    {"init", "sampler = hmc or nuts"},
    {"thin", "sampler = hmc or nuts"},
    {"target-acceptance", "sampler = hmc or nuts"},
    {"max-depth", "sampler = nuts"},
};

SampleMethod method_of(const Study& study) {
  const std::string name = study.text("sample.sampler");
  return name == "smc"         ? SampleMethod::smc
         : name == "tempering" ? SampleMethod::tempering
         : name == "hmc"       ? SampleMethod::hmc
                               : SampleMethod::nuts;
}

// What an island keeps beside its draws: the block, and its phases in their maps.
constexpr std::uint64_t island_bytes = sizeof(SampleBlock) + 4096;
// What a run keeps beside its islands and its settings' text: its estimates.
constexpr std::uint64_t run_bytes = sizeof(SampleRun) + 4096;

class SampleExpansion {
 public:
  SampleExpansion(const Study& study, SamplePlan& plan)
      : study_(study),
        sweep_(study, "sample"),
        plan_(plan),
        seed_(static_cast<std::uint64_t>(study.integer("seed"))),
        data_sets_(static_cast<std::uint32_t>(study.integer("sample.datasets"))) {}

  void run(ExpandedSample& out) {
    sweep_.size(max_sample_runs);
    do {
      const bool population = sweep_.text("dataset") == "population";
      use_.count("datasets", !population);
      count_sampler_keys();
      for (std::uint32_t d = 0; d < (population ? 1 : data_sets_); ++d)
        if (!add(make_run(population, d))) ++out.duplicates;
      check_size();
    } while (sweep_.advance());
    out.notes = use_.notes(study_, "sample", sample_conditions);
    if (plan_.smc.islands == 1 && !plan_.is_markov())
      out.notes.push_back(fmt::format("{}: a single island has no standard errors",
                                      study_.at("sample.islands").origin));
    if (plan_.smc.islands * plan_.chains.chains == 1 && plan_.is_markov())
      out.notes.push_back(fmt::format("{}: a single chain has no standard errors",
                                      study_.at("sample.chains").origin));
  }

 private:
  void count_sampler_keys() {
    const SampleMethod method = plan_.method;
    for (const char* name : {"particles", "ess"}) use_.count(name, method == SampleMethod::smc);
    for (const char* name : {"rounds", "ladder-ratio"})
      use_.count(name, method == SampleMethod::tempering);
    for (const char* name : {"chains", "warmup"}) use_.count(name, method != SampleMethod::smc);
    for (const char* name : {"init", "thin", "target-acceptance"})
      use_.count(name, plan_.is_markov());
    use_.count("moves", !plan_.is_markov());
    use_.count("leapfrogs", method != SampleMethod::nuts);
    use_.count("max-depth", method == SampleMethod::nuts);
  }

  void check_size() const {
    const std::size_t runs = plan_.runs.size();
    if (runs > max_sample_runs)
      refuse(study_.at("sample.datasets"),
             fmt::format("data sets and lists multiply into more than {} posteriors",
                         max_sample_runs));
    if (plan_.method != SampleMethod::smc &&
        runs * plan_.smc.islands * plan_.sequences() > max_sample_islands)
      refuse(blamed(study_.at("sample.chains"), study_.at("sample.islands")),
             fmt::format("posteriors of {} islands of {} chains each make more than {} chains",
                         plan_.smc.islands, plan_.sequences(), max_sample_islands));
    if (runs * plan_.smc.islands > max_sample_islands)
      refuse(blamed(study_.at("sample.islands"), study_.at("sample.datasets")),
             fmt::format("posteriors of {} islands each make more than {} islands",
                         plan_.smc.islands, max_sample_islands));
  }

  // False where its equal is there already.
  bool add(SampleRun run) {
    if (!seen_.insert(run.settings).second) return false;
    plan_.runs.push_back(std::move(run));
    return true;
  }

  SampleRun make_run(bool population, std::uint32_t data_set) const {
    SampleRun run;
    run.samples = static_cast<std::uint32_t>(sweep_.integer("samples"));
    run.population = population;
    run.data_set = data_set;
    if (!population) run.data = data_of(data_set);
    run.beta = sweep_.real("beta");
    run.prior_scale = sweep_.real("prior-scale");
    run.settings = settings_of(run);
    run.key = XXH3_64bits_withSeed(run.settings.data(), run.settings.size(), seed_);
    return run;
  }

  DataSource data_of(std::uint32_t data_set) const {
    // One stream per data set for every n: those of different n are nested.
    constexpr std::string_view name = "sample data";
    return {XXH3_64bits_withSeed(name.data(), name.size(), seed_), data_set, Purpose::shared_data};
  }

  // What the particles depend on. With the population n is a factor of the energy alone.
  std::string settings_of(const SampleRun& run) const {
    std::string text = fmt::format("features={};hidden={};samples={}", plan_.shape.features,
                                   plan_.shape.hidden, run.samples);
    text += run.population ? ";dataset=population"
                           : fmt::format(";dataset=sampled;data-set={}", run.data_set);
    text +=
        fmt::format(";beta={};prior-scale={}", value_text(run.beta), value_text(run.prior_scale));
    switch (plan_.method) {
      case SampleMethod::smc:
        break;
      case SampleMethod::tempering:
        return text + ";sampler=tempering" +
               values_of({"chains", "warmup", "rounds", "ladder-ratio", "moves", "leapfrogs"});
      // The chains of hmc adapt together, those of nuts do not see each other.
      case SampleMethod::hmc:
        return text + ";sampler=hmc" +
               values_of({"init", "chains", "warmup", "target-acceptance", "leapfrogs"});
      case SampleMethod::nuts:
        return text + ";sampler=nuts" +
               values_of({"init", "warmup", "target-acceptance", "max-depth"});
    }
    return text + values_of({"particles", "ess", "moves", "leapfrogs"});
  }

  std::string values_of(const std::vector<const char*>& names) const {
    std::string text;
    for (const char* name : names)
      text += fmt::format(";{}={}", name,
                          value_text(study_.at(fmt::format("sample.{}", name)).values.at(0)));
    return text;
  }

  const Study& study_;
  Sweep sweep_;
  SamplePlan& plan_;
  SettingUse use_;
  const std::uint64_t seed_;
  const std::uint32_t data_sets_;
  std::unordered_set<std::string> seen_;  // settings
};

std::uint32_t number(const Study& study, const char* name) {
  return static_cast<std::uint32_t>(study.integer(name));
}

SmcSettings smc_settings(const Study& study) {
  return {number(study, "sample.islands"), number(study, "sample.particles"),
          study.real("sample.ess"), number(study, "sample.moves"),
          number(study, "sample.leapfrogs")};
}

TemperingSettings tempering_settings(const Study& study) {
  return {number(study, "sample.chains"), number(study, "sample.warmup"),
          number(study, "sample.rounds")};
}

// A label's chains start at its standard point, with this bias of its dead columns: at 0 they would
// be on the boundary to phases with more positive biases.
constexpr double start_dead_bias = -1;

ChainStart start_of(const Study& study, const ModelShape& shape) {
  const Setting& init = study.at("sample.init");
  const std::string text = study.text("sample.init");
  if (text == "prior") return {};
  if (text == "uniform") return {ChainStart::Kind::uniform, {}};
  return {ChainStart::Kind::point, label_point(init, text, shape, start_dead_bias)};
}

ChainSampling chain_sampling(const Study& study, const ModelShape& shape) {
  ChainSampling chains;
  chains.chains = number(study, "sample.chains");
  chains.warmup = number(study, "sample.warmup");
  chains.thin = number(study, "sample.thin");
  chains.target = study.real("sample.target-acceptance");
  chains.max_depth = static_cast<std::int32_t>(study.integer("sample.max-depth"));
  chains.start = start_of(study, shape);
  return chains;
}

void check_draws(const Study& study, const SamplePlan& plan) {
  if (plan.is_markov()) {
    if (plan.draws == 0)
      refuse(study.at("sample.draws"),
             fmt::format("{} estimates from its draws: 1 or more of each chain",
                         study.text("sample.sampler")));
    return;
  }
  if (plan.method == SampleMethod::tempering) {
    if (plan.draws > plan.tempering.rounds)
      refuse(blamed(study.at("sample.draws"), study.at("sample.rounds")),
             fmt::format("{} draws of each chain are more than its {} rounds", plan.draws,
                         plan.tempering.rounds));
    return;
  }
  if (plan.draws > plan.smc.particles)
    refuse(blamed(study.at("sample.draws"), study.at("sample.particles")),
           fmt::format("{} draws are more than the {} particles of an island; --draws {} keeps all",
                       plan.draws, plan.smc.particles, plan.smc.particles));
}

// Draws of an island are counted in 32 bits, steps of a chain in 40.
void check_chain_sizes(const Study& study, const SamplePlan& plan) {
  if (!plan.is_markov()) return;
  constexpr std::uint64_t most_draws = std::uint64_t{1} << 31, most_steps = std::uint64_t{1} << 39;
  if (std::uint64_t{plan.chains.chains} * plan.draws > most_draws)
    refuse(blamed(study.at("sample.draws"), study.at("sample.chains")),
           fmt::format("{} chains with {} draws each make more than {} draws of an island",
                       plan.chains.chains, plan.draws, most_draws));
  if (std::uint64_t{plan.draws} * plan.chains.thin > most_steps)
    refuse(blamed(study.at("sample.thin"), study.at("sample.draws")),
           fmt::format("{} draws every {} steps make a chain longer than {} steps", plan.draws,
                       plan.chains.thin, most_steps));
}

// A draw in the file: parameters, loss, lp, two phases.
std::uint64_t draw_bytes(const SamplePlan& plan) {
  return static_cast<std::uint64_t>(plan.shape.parameter_count()) * 8 + 8 + 8 + 2 + 2 +
         (plan.is_markov() ? sizeof(DrawStatistics) : 0);
}

// Draws of an island.
std::uint64_t draws_of_island(const SamplePlan& plan) {
  return std::uint64_t{plan.sequences()} * plan.draws;
}

std::uint64_t island_count(const SamplePlan& plan) {
  return plan.runs.size() * std::uint64_t{plan.islands().count};
}

// The chains of a rung exchange places with those of all others, so that every posterior of a
// ladder hangs on the whole grid.
void put_on_ladders(const Study& study, SamplePlan& plan) {
  const auto seed = static_cast<std::uint64_t>(study.integer("seed"));
  plan.ladders = make_ladders(study, plan);
  for (const SampleLadder& ladder : plan.ladders) {
    std::string grid;
    for (const LadderRung& rung : ladder.rungs)
      if (rung.run >= 0) grid += fmt::format("{}{}", grid.empty() ? "" : ",", rung.samples);
    for (const LadderRung& rung : ladder.rungs) {
      if (rung.run < 0) continue;
      SampleRun& run = plan.runs[static_cast<std::size_t>(rung.run)];
      run.settings += ";grid=" + grid;
      run.key = XXH3_64bits_withSeed(run.settings.data(), run.settings.size(), seed);
    }
  }
}

}  // namespace

ExpandedSample expand_sample(const Study& study, const std::vector<ModelShape>& compiled,
                             Shard shard) {
  ExpandedSample out;
  SamplePlan& plan = out.plan;
  plan.shape = checked_shape(study, compiled);
  if (plan.shape.hidden != 2)
    refuse(study.at("hidden"),
           fmt::format("sample weighs the phases of hidden = 2, and hidden = {} has none",
                       plan.shape.hidden));
  plan.precision = study.text("precision") == "float" ? Precision::float32 : Precision::float64;
  plan.method = method_of(study);
  plan.smc = smc_settings(study);
  plan.tempering = tempering_settings(study);
  plan.chains = chain_sampling(study, plan.shape);
  plan.draws = static_cast<std::uint32_t>(study.integer("sample.draws"));
  check_draws(study, plan);
  check_chain_sizes(study, plan);
  plan.levels = levels_of(study, plan.shape);
  SampleExpansion(study, plan).run(out);
  if (shard.count > 1) {
    const ShardRange islands = shard_range(shard, plan.smc.islands, "islands of every posterior");
    plan.shard = {static_cast<std::uint32_t>(islands.first),
                  static_cast<std::uint32_t>(islands.count)};
  }
  if (plan.method == SampleMethod::tempering) put_on_ladders(study, plan);
  return out;
}

// With 2^24 islands, 2^24 draws and 2^7 parameters at most, no product leaves 62 bits.
std::uint64_t sample_result_bytes(const SamplePlan& plan) {
  const auto columns = static_cast<std::uint64_t>(plan.shape.features) + 1;
  const std::uint64_t phases = columns * columns + 1;
  const auto labels = static_cast<std::uint64_t>(plan.levels.count) + 1;
  // With its part of the crossings and of the fits.
  const std::uint64_t of_run = 1024 + phases * 6 * 8 + labels * 2 * 8;
  const std::uint64_t of_island = 9 * 8 + (plan.is_part() ? (2 + phases + labels) * 8 : 0);
  return plan.runs.size() * of_run +
         island_count(plan) * (of_island + draws_of_island(plan) * draw_bytes(plan));
}

std::uint64_t sample_blocks_bytes(const SamplePlan& plan) {
  std::uint64_t settings = 0;
  for (const SampleRun& run : plan.runs) settings += run.settings.size();
  // Chains are judged by the losses and phases of all draws of a run, with ranks and scores.
  constexpr std::uint64_t of_judged = 64;
  const std::uint64_t judged =
      plan.is_markov() ? plan.islands().count * draws_of_island(plan) * of_judged : 0;
  return plan.runs.size() * run_bytes + settings + island_count(plan) * island_bytes + judged;
}

std::string sample_study_hash(const Study& study, const SamplePlan& plan) {
  std::string text = study_scope_text(study, "sample");
  // Elsewhere the number of chains is part of the runs' settings.
  if (plan.method == SampleMethod::nuts) text += fmt::format(";chains={}", plan.chains.chains);
  XXH64_hash_t hash = XXH3_64bits(text.data(), text.size());
  for (const SampleRun& run : plan.runs)
    hash = XXH3_64bits_withSeed(run.settings.data(), run.settings.size(), hash);
  return fmt::format("{:016x}", hash);
}

}  // namespace kgon
