#include "io/llc_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/cells.hpp"
#include "io/llc_groups.hpp"
#include "io/setting_use.hpp"
#include "io/stage_settings.hpp"
#include "io/sweep.hpp"
#include "io/usage_error.hpp"
#include "kgon/engine/llc_block.hpp"

namespace kgon {
namespace {

Sampler sampler_named(const std::string& name) {
  return name == "langevin" ? Sampler::langevin
         : name == "mala"   ? Sampler::mala
         : name == "hmc"    ? Sampler::hmc
                            : Sampler::sgld;
}

constexpr KeyCondition llc_conditions[] = {
    {"at-records", "train results in at"},
    {"at-record", "train results in at"},
    {"at-trajectory", "train results in at"},
    {"at-phase", "train results in at"},
    {"at-every", "train results in at"},
    {"at-trajectories", "train results in at"},
    {"dead-bias", "labels with dead columns in at"},
    {"samples", "dataset = sampled, and for nbeta = 0"},
    {"batch", "sampler = sgld"},
    {"leapfrogs", "sampler = hmc"},
    {"reject-below", "estimator = exact"},
    {"check-bias", "sampler = langevin or sgld"},
    {"classify-every", "at most as many as there are draws, and hidden = 2"},
};

class LlcExpansion {
 public:
  LlcExpansion(const Study& study, TrainSource train, LlcPlan& plan)
      : study_(study),
        sweep_(study, "llc"),
        plan_(plan),
        points_(study, std::move(train), plan),
        groups_(plan),
        seed_(static_cast<std::uint64_t>(study.integer("seed"))) {}

  void run(ExpandedLlc& out) {
    sweep_.size(max_llc_sites);
    check_length();
    do {
      check_sampler();
      const LlcPointSet& set = points_.at(sweep_.text("at"), sweep_.real("dead-bias"));
      count_keys(set);
      group_of_.assign(std::max<std::size_t>(1, set.cells.size()), std::nullopt);
      for (std::size_t i = 0; i < set.count; ++i)
        if (!add_site(set, set.first + i)) ++out.duplicates;
      if (groups_.size() > max_llc_sites)
        refuse(study_.at("llc.at"),
               fmt::format("points and lists multiply into more than {} sites", max_llc_sites));
    } while (sweep_.advance());
    groups_.finish();
    out.notes = points_.notes();
    const auto add = [&](std::vector<std::string> notes) {
      std::ranges::move(notes, std::back_inserter(out.notes));
    };
    add(unused_tolerances(study_));
    add(use_.notes(study_, "llc", llc_conditions));
  }

 private:
  // Notes which of the conditional keys count at this point of the sweep. That records of a train
  // result keep their own n is a note of LlcPoints.
  void count_keys(const LlcPointSet& set) {
    const std::string& sampler = sweep_.text("sampler");
    const bool has_records = !set.cells.empty();
    for (const std::string_view name :
         {"at-records", "at-record", "at-trajectory", "at-phase", "at-every", "at-trajectories"})
      use_.count(name, has_records);
    use_.count("dead-bias", set.has_dead_columns);
    use_.count("samples", has_records || !is_population() || sweep_.real("nbeta") == 0);
    use_.count("batch", sampler == "sgld");
    use_.count("leapfrogs", sampler == "hmc");
    use_.count("reject-below", !is_devinterp());
    use_.count("classify-every", plan_.levels.count > 0 && study_.integer("llc.classify-every") <=
                                                               study_.integer("llc.draws"));
    use_.count("check-bias", sampler == "langevin" || sampler == "sgld");
  }

  bool is_population() const { return sweep_.text("dataset") == "population"; }
  bool is_devinterp() const { return study_.text("llc.estimator") == "devinterp"; }

  void check_length() const {
    const auto steps = static_cast<double>(study_.integer("llc.burn-in")) +
                       static_cast<double>(study_.integer("llc.draws")) *
                           static_cast<double>(study_.integer("llc.thin"));
    if (steps >= static_cast<double>(max_steps))
      refuse(blamed(study_.at("llc.draws"), study_.at("llc.thin")),
             fmt::format("a chain of {:.3g} steps; it has less than 2^40", steps));
    for (const Value& batch : study_.at("llc.batch").values)
      if (steps * static_cast<double>(std::get<std::int64_t>(batch) + 3) >
          static_cast<double>(max_draws))
        refuse(study_.at("llc.batch"),
               fmt::format("{:.3g} steps of {} samples; a chain draws at most 2^54", steps,
                           value_text(batch)));
  }

  void check_sampler() const {
    const bool is_sgld = sweep_.text("sampler") == "sgld";
    if (is_sgld && is_population())
      refuse(blamed(sweep_.setting("dataset"), sweep_.setting("sampler")),
             "sgld takes minibatches of samples, so it has no population loss; use langevin");
    if (is_devinterp() && !is_sgld)
      refuse(blamed(study_.at("llc.estimator"), sweep_.setting("sampler")),
             fmt::format("devinterp estimates from minibatches, so the sampler is sgld, not {}",
                         sweep_.text("sampler")));
    if (is_devinterp() && sweep_.integer("batch") < 2 && sweep_.real("nbeta") == 0)
      refuse(sweep_.setting("batch"),
             "batch / log batch needs a batch of at least 2; give nbeta, or a larger batch");
  }

  bool add_site(const LlcPointSet& set, std::size_t point) {
    const std::int64_t cell = plan_.origins[point].cell;
    const TrainCellSource* source =
        set.cells.empty() ? nullptr : &set.cells[static_cast<std::size_t>(cell)];
    auto& group = group_of_[source == nullptr ? 0 : static_cast<std::size_t>(cell)];
    if (!group) group = groups_.group(make_group(source));
    const bool population = is_population() || (source && source->dataset == Dataset::population);
    LlcSite site;
    site.point = static_cast<std::uint32_t>(point);
    site.data = population ? 0 : groups_.data(data_of(source, plan_.origins[point]));
    site.nbeta = sweep_.real("nbeta-scale") * nbeta(samples_of(source));
    site.gamma = sweep_.real("gamma");
    site.step_size = sweep_.real("step-size");
    site.step_scale = sweep_.real("step-scale");
    return groups_.add(*group, site);
  }

  // The population has no samples: n is the study's.
  std::uint32_t samples_of(const TrainCellSource* source) const {
    if (source != nullptr && source->dataset != Dataset::population) return source->samples;
    return static_cast<std::uint32_t>(sweep_.integer("samples"));
  }

  double nbeta(std::uint32_t samples) const {
    const double given = sweep_.real("nbeta");
    if (given > 0) return given;
    const auto estimator = is_devinterp() ? Estimator::devinterp : Estimator::exact;
    return usual_nbeta(estimator, samples, static_cast<std::uint32_t>(sweep_.integer("batch")));
  }

  DataSource data_of(const TrainCellSource* source, const PointOrigin& origin) const {
    if (source == nullptr) {
      // One stream for every n: data sets of different n are nested.
      constexpr std::string_view name = "llc data";
      return {XXH3_64bits_withSeed(name.data(), name.size(), seed_), 0, Purpose::shared_data};
    }
    if (source->dataset == Dataset::shared) return {source->key, 0, Purpose::shared_data};
    return {source->key, static_cast<std::uint64_t>(origin.trajectory), Purpose::data};
  }

  LlcGroup make_group(const TrainCellSource* source) const {
    LlcGroup group;
    group.sampler = sampler_named(sweep_.text("sampler"));
    group.estimator = is_devinterp() ? Estimator::devinterp : Estimator::exact;
    group.population = is_population() || (source && source->dataset == Dataset::population);
    group.samples = samples_of(source);
    if (group.samples < 2 && sweep_.real("nbeta") == 0)
      refuse(study_.at("llc.nbeta"), "n / log n does not exist for n = 1; give nbeta");
    if (group.sampler == Sampler::sgld) group.batch = checked_batch(group);
    group.leapfrogs = static_cast<std::uint32_t>(study_.integer("llc.leapfrogs"));
    group.burn_in = static_cast<std::uint64_t>(study_.integer("llc.burn-in"));
    group.draws = static_cast<std::uint64_t>(study_.integer("llc.draws"));
    group.thin = static_cast<std::uint64_t>(study_.integer("llc.thin"));
    group.classify_every = static_cast<std::uint64_t>(study_.integer("llc.classify-every"));
    group.settings = settings_of(group);
    group.key = XXH3_64bits_withSeed(group.settings.data(), group.settings.size(), seed_);
    return group;
  }

  std::uint32_t checked_batch(const LlcGroup& group) const {
    const auto batch = static_cast<std::uint32_t>(sweep_.integer("batch"));
    if (group.population)
      refuse(blamed(study_.at("llc.at"), sweep_.setting("sampler")),
             "sgld takes minibatches of samples, and the train result has none: its data set is "
             "the population");
    if (batch > group.samples)
      refuse(blamed(sweep_.setting("batch"), sweep_.setting("samples")),
             fmt::format("a batch of {} does not fit into {} samples; batch is at most samples",
                         batch, group.samples));
    return batch;
  }

  std::string settings_of(const LlcGroup& group) const {
    std::string text =
        fmt::format("features={};hidden={}", plan_.shape.features, plan_.shape.hidden);
    if (!group.population) text += fmt::format(";samples={}", group.samples);
    text += fmt::format(";dataset={};sampler={};estimator={}",
                        group.population ? "population" : "sampled", sweep_.text("sampler"),
                        study_.text("llc.estimator"));
    if (group.sampler == Sampler::sgld) text += fmt::format(";batch={}", group.batch);
    if (group.sampler == Sampler::hmc) text += fmt::format(";leapfrogs={}", group.leapfrogs);
    return text;
  }

  const Study& study_;
  Sweep sweep_;
  LlcPlan& plan_;
  LlcPoints points_;
  LlcGroups groups_;
  SettingUse use_;
  const std::uint64_t seed_;
  std::vector<std::optional<std::size_t>> group_of_;  // at the present point of the sweep, by cell
};

std::uint64_t hash_of_sites(const LlcPlan& plan) {
  XXH64_hash_t hash = 0;
  for (const LlcGroup& group : plan.groups)
    for (const LlcSite& site : std::span(plan.sites).subspan(group.first_site, group.site_count)) {
      const std::uint64_t words[] = {group.key, group.samples, site.identity};
      hash = XXH3_64bits_withSeed(words, sizeof words, hash);
    }
  return hash;
}

// Steps are counted in 64 bits.
void check_work(const Study& study, const LlcPlan& plan) {
  const LlcGroup& group = plan.groups.front();  // the lengths are the same in all groups
  const double chain = static_cast<double>(group.burn_in) +
                       static_cast<double>(group.draws) * static_cast<double>(group.thin);
  const double steps = chain * plan.chains * static_cast<double>(plan.sites.size());
  if (steps > 0x1p60)
    refuse(blamed(study.at("llc.draws"), study.at("llc.chains")),
           fmt::format("{:.3g} steps in all; a study has less than 2^60", steps));
}

// Keeps what the shard needs: its sites, their groups, points and data sets.
void cut(LlcPlan& plan, const ShardRange& shard) {
  const std::size_t end = shard.first + shard.count;
  std::vector<LlcGroup> groups;
  for (LlcGroup& group : plan.groups) {
    const std::size_t first = std::max<std::size_t>(group.first_site, shard.first);
    const std::size_t last = std::min(group.first_site + group.site_count, end);
    if (first >= last) continue;
    group.first_site = first - shard.first;
    group.site_count = last - first;
    groups.push_back(std::move(group));
  }
  plan.groups = std::move(groups);
  plan.sites.erase(plan.sites.begin() + static_cast<std::ptrdiff_t>(end), plan.sites.end());
  plan.sites.erase(plan.sites.begin(),
                   plan.sites.begin() + static_cast<std::ptrdiff_t>(shard.first));
}

template <class Entry>
void keep_used(std::vector<LlcSite>& sites, std::uint32_t LlcSite::*index,
               std::vector<Entry>& entries, std::size_t width) {
  constexpr std::uint32_t unused = ~std::uint32_t{0};
  std::vector<std::uint32_t> moved(entries.size() / width, unused);
  std::vector<Entry> kept;
  for (LlcSite& site : sites) {
    std::uint32_t& to = moved.at(site.*index);
    if (to == unused) {
      to = static_cast<std::uint32_t>(kept.size() / width);
      const auto from = entries.begin() + static_cast<std::ptrdiff_t>(site.*index * width);
      kept.insert(kept.end(), from, from + static_cast<std::ptrdiff_t>(width));
    }
    site.*index = to;
  }
  entries = std::move(kept);
}

void drop_unused(LlcPlan& plan) {
  const auto parameters = static_cast<std::size_t>(plan.shape.parameter_count());
  std::vector<LlcSite> sites = plan.sites;
  keep_used(sites, &LlcSite::point, plan.points, parameters);
  keep_used(plan.sites, &LlcSite::point, plan.origins, 1);
  if (!plan.data.empty()) keep_used(plan.sites, &LlcSite::data, plan.data, 1);
}

// Of the whole study, so that its shards agree.
bool keeps_losses(const Study& study, const LlcPlan& plan) {
  const std::string keep = study.text("llc.keep-losses");
  if (keep != "auto") return keep == "all";
  const auto of_site = plan.chains * static_cast<std::uint64_t>(study.integer("llc.draws"));
  return plan.sites.size() <= most_usual_losses / of_site;
}

}  // namespace

ExpandedLlc expand_llc(const Study& study, const std::vector<ModelShape>& compiled, Shard shard,
                       TrainSource train) {
  ExpandedLlc out;
  LlcPlan& plan = out.plan;
  plan.shape = checked_shape(study, compiled);
  plan.precision = study.text("precision") == "float" ? Precision::float32 : Precision::float64;
  plan.chains = static_cast<std::uint32_t>(study.integer("llc.chains"));
  plan.reject_below = study.real("llc.reject-below");
  plan.check_bias = study.text("llc.check-bias") == "yes";
  plan.levels = levels_of(study, plan.shape);
  LlcExpansion(study, std::move(train), plan).run(out);
  out.sites = plan.sites.size();
  plan.keep_losses = keeps_losses(study, plan);
  out.sites_hash = hash_of_sites(plan);
  check_work(study, plan);
  out.shard = shard_range(shard, out.sites, "points");
  if (out.shard.count < out.sites) {
    cut(plan, out.shard);
    drop_unused(plan);
  }
  llc_result_bytes(plan);
  return out;
}

std::uint64_t llc_result_bytes(const LlcPlan& plan) {
  const std::uint64_t scalar = plan.precision == Precision::float32 ? 4 : 8;
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
  const std::uint64_t draws = plan.groups.empty() ? 0 : plan.groups.front().draws;
  // Chains are below 2^20, draws below 2^31 and sites below 2^24: no product before the last one
  // leaves 64 bits.
  const std::uint64_t chain = 7 * 8 + 2 + (plan.keep_losses ? draws * 8 : 0);
  const std::uint64_t site = 37 * 8 + parameters * scalar + plan.chains * chain;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(site, plan.sites.size(), &bytes) || bytes >> 62 != 0)
    throw UsageError(
        fmt::format("llc.keep-losses: {} sites of {} chains of {} draws make a result of more than "
                    "2^62 bytes",
                    plan.sites.size(), plan.chains, draws));
  return bytes;
}

std::uint64_t llc_plan_bytes(const LlcPlan& plan) {
  return plan.points.size() * sizeof(double) + plan.origins.size() * sizeof(PointOrigin) +
         plan.data.size() * sizeof(DataSource) +
         plan.sites.size() * (sizeof(LlcSite) + sizeof(LlcEstimate));
}

std::string llc_study_hash(const Study& study, const ExpandedLlc& expanded) {
  const std::string text = study_scope_text(study, "llc");
  return fmt::format("{:016x}",
                     XXH3_64bits_withSeed(text.data(), text.size(), expanded.sites_hash));
}

}  // namespace kgon
