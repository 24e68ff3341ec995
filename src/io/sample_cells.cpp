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
#include "io/sweep.hpp"
#include "kgon/engine/sample_block.hpp"

namespace kgon {
namespace {

constexpr KeyCondition sample_conditions[] = {
    {"datasets", "dataset = sampled"},
    {"particles", "sampler = smc"},
    {"ess", "sampler = smc"},
    {"chains", "sampler = tempering"},
    {"warmup", "sampler = tempering"},
    {"rounds", "sampler = tempering"},
    {"ladder-ratio", "sampler = tempering"},
};

// What an island keeps beside its draws: the block, and its phases in their maps.
constexpr std::uint64_t island_bytes = sizeof(SampleBlock) + 4096;
// What a run keeps beside its islands: its settings' text and its estimates.
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
      const bool tempering = plan_.method == SampleMethod::tempering;
      for (const char* name : {"particles", "ess"}) use_.count(name, !tempering);
      for (const char* name : {"chains", "warmup", "rounds", "ladder-ratio"})
        use_.count(name, tempering);
      for (std::uint32_t d = 0; d < (population ? 1 : data_sets_); ++d)
        if (!add(make_run(population, d))) ++out.duplicates;
      check_size();
    } while (sweep_.advance());
    out.notes = use_.notes(study_, "sample", sample_conditions);
    if (plan_.smc.islands == 1)
      out.notes.push_back(fmt::format("{}: a single island has no standard errors",
                                      study_.at("sample.islands").origin));
  }

 private:
  void check_size() const {
    const std::size_t runs = plan_.runs.size();
    if (runs > max_sample_runs)
      refuse(study_.at("sample.datasets"),
             fmt::format("data sets and lists multiply into more than {} posteriors",
                         max_sample_runs));
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
    if (plan_.method == SampleMethod::tempering)
      return text + ";sampler=tempering" +
             values_of({"chains", "warmup", "rounds", "ladder-ratio", "moves", "leapfrogs"});
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

SmcSettings smc_settings(const Study& study) {
  const auto number = [&study](const char* name) {
    return static_cast<std::uint32_t>(study.integer(name));
  };
  return {number("sample.islands"), number("sample.particles"), study.real("sample.ess"),
          number("sample.moves"), number("sample.leapfrogs")};
}

TemperingSettings tempering_settings(const Study& study) {
  const auto number = [&study](const char* name) {
    return static_cast<std::uint32_t>(study.integer(name));
  };
  return {number("sample.chains"), number("sample.warmup"), number("sample.rounds")};
}

void check_draws(const Study& study, const SamplePlan& plan) {
  const std::uint64_t all = std::uint64_t{plan.tempering.chains} * plan.tempering.rounds;
  if (plan.method == SampleMethod::tempering) {
    if (plan.draws > all)
      refuse(blamed(study.at("sample.draws"), study.at("sample.rounds")),
             fmt::format("{} draws are more than the {} of an island", plan.draws, all));
    return;
  }
  if (plan.draws > plan.smc.particles)
    refuse(blamed(study.at("sample.draws"), study.at("sample.particles")),
           fmt::format("{} draws are more than the {} particles of an island", plan.draws,
                       plan.smc.particles));
}

// A draw in memory and in the file: parameters, loss, two phases, and in the file lp.
std::uint64_t draw_bytes(const SamplePlan& plan) {
  return static_cast<std::uint64_t>(plan.shape.parameter_count()) * 8 + 8 + 8 + 2 + 2;
}

std::uint64_t island_count(const SamplePlan& plan) {
  return plan.runs.size() * std::uint64_t{plan.smc.islands};
}

}  // namespace

ExpandedSample expand_sample(const Study& study, const std::vector<ModelShape>& compiled) {
  ExpandedSample out;
  SamplePlan& plan = out.plan;
  plan.shape = checked_shape(study, compiled);
  if (plan.shape.hidden != 2)
    refuse(study.at("hidden"),
           fmt::format("sample weighs the phases of hidden = 2, and hidden = {} has none",
                       plan.shape.hidden));
  plan.precision = study.text("precision") == "float" ? Precision::float32 : Precision::float64;
  plan.method = study.text("sample.sampler") == "smc" ? SampleMethod::smc : SampleMethod::tempering;
  plan.smc = smc_settings(study);
  plan.tempering = tempering_settings(study);
  plan.draws = static_cast<std::uint32_t>(study.integer("sample.draws"));
  check_draws(study, plan);
  plan.levels = levels_of(study, plan.shape);
  SampleExpansion(study, plan).run(out);
  if (plan.method == SampleMethod::tempering)
    plan.ladders = make_ladders(plan, study.real("sample.ladder-ratio"),
                                static_cast<std::uint64_t>(study.integer("seed")));
  return out;
}

// With 2^24 islands, 2^24 draws and 2^7 parameters at most, no product leaves 62 bits.
std::uint64_t sample_result_bytes(const SamplePlan& plan) {
  const auto columns = static_cast<std::uint64_t>(plan.shape.features) + 1;
  const std::uint64_t phases = columns * columns + 1;
  const auto labels = static_cast<std::uint64_t>(plan.levels.count) + 1;
  const std::uint64_t of_run = 512 + phases * 5 * 8 + labels * 2 * 8;
  constexpr std::uint64_t of_island = 9 * 8;
  return plan.runs.size() * of_run +
         island_count(plan) * (of_island + plan.draws * draw_bytes(plan));
}

std::uint64_t sample_blocks_bytes(const SamplePlan& plan) {
  return plan.runs.size() * run_bytes +
         island_count(plan) * (island_bytes + plan.draws * draw_bytes(plan));
}

std::string sample_study_hash(const Study& study, const SamplePlan& plan) {
  const std::string text = study_scope_text(study, "sample");
  XXH64_hash_t hash = XXH3_64bits(text.data(), text.size());
  for (const SampleRun& run : plan.runs)
    hash = XXH3_64bits_withSeed(run.settings.data(), run.settings.size(), hash);
  return fmt::format("{:016x}", hash);
}

}  // namespace kgon
