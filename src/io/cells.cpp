#include "io/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/cell_settings.hpp"
#include "io/setting_use.hpp"
#include "io/stage_settings.hpp"
#include "io/start_points.hpp"
#include "io/sweep.hpp"
#include "io/usage_error.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr KeyCondition train_conditions[] = {
    {"init-noise", "labels and files as init"},
    {"init-scale", "init = random"},
    {"dead-bias", "labels with dead columns as init"},
    {"samples", "dataset = own or shared"},
    {"batch", "dataset = own or shared"},
    {"batching", "dataset = own or shared"},
    {"classify-every", "hidden = 2"},
};

class Expansion {
 public:
  Expansion(const Study& study, ModelShape shape)
      : study_(study),
        sweep_(study, "train"),
        starts_(study.at("train.init"), shape),
        has_phases_(shape.hidden == 2) {}

  void run(ExpandedStudy& out) {
    const std::uint64_t cells = sweep_.size(max_cells);
    const auto records = static_cast<std::uint64_t>(study_.integer("train.records"));
    if (cells * records > max_cell_records)
      refuse(
          study_.at("train.records"),
          fmt::format("{} cells with {} records each pass the limit of {} records over all cells",
                      cells, records, max_cell_records));
    do {
      TrainCell cell = make_cell();
      start_values_ += cell.start.size();
      if (start_values_ > max_start_values)
        refuse(study_.at("train.init"),
               "the points to start from, one copy for each cell, do not fit into 1 GiB");
      if (seen_.insert(identity(cell)).second) {
        out.plan.cells.push_back(std::move(cell));
      } else {
        ++out.duplicates;
      }
    } while (sweep_.advance());
    out.notes = unused_tolerances(study_);
    for (std::string& note : use_.notes(study_, "train", train_conditions))
      out.notes.push_back(std::move(note));
  }

 private:
  TrainCell make_cell() {
    const StartPoint& start = starts_.at(sweep_.text("init"), sweep_.real("dead-bias"));
    TrainCell cell;
    cell.init = sweep_.text("init");
    cell.start = start.points;
    cell.start_noise = sweep_.real(is_random() ? "init-scale" : "init-noise");
    cell.init_scale = is_random() ? sweep_.real("init-scale") : 0;
    cell.dead_bias = start.has_dead_columns ? sweep_.real("dead-bias") : 0;
    cell.learning_rate = sweep_.real("lr");
    cell.epochs = sweep_.real("epochs");
    set_data(cell);
    check_sizes(cell);
    set_steps(cell);
    for (const KeyCondition& key : train_conditions) use_.count(key.name, applies(key.name, start));
    cell.settings = settings_of(start);
    cell.key = XXH3_64bits_withSeed(cell.settings.data(), cell.settings.size(),
                                    static_cast<XXH64_hash_t>(study_.integer("seed")));
    return cell;
  }

  bool is_random() const { return sweep_.text("init") == "random"; }
  bool is_population() const { return sweep_.text("dataset") == "population"; }

  // Samples and batches mean nothing to the exact expectation: 1 and 1, shuffled, whatever the
  // study says.
  void set_data(TrainCell& cell) const {
    const std::string& dataset = sweep_.text("dataset");
    cell.dataset = is_population()       ? Dataset::population
                   : dataset == "shared" ? Dataset::shared
                                         : Dataset::own;
    cell.batching = is_population() || sweep_.text("batching") == "shuffle" ? Batching::shuffle
                                                                            : Batching::replacement;
    const std::int64_t samples = is_population() ? 1 : sweep_.integer("samples");
    const std::int64_t batch = is_population() ? 1 : sweep_.integer("batch");
    if (batch > samples)
      refuse(blamed(sweep_.setting("batch"), sweep_.setting("samples")),
             fmt::format("a batch of {} does not fit into {} samples; batch is at most samples",
                         batch, samples));
    cell.samples = static_cast<std::uint32_t>(samples);
    cell.batch = static_cast<std::uint32_t>(batch);
  }

  // What the precision would round to nothing.
  void check_sizes(const TrainCell& cell) const {
    const bool is_float = study_.text("precision") == "float";
    const double least =
        is_float ? std::numeric_limits<float>::min() : std::numeric_limits<double>::min();
    const auto check = [&](const char* name, double used, const char* what) {
      if (used == 0 || used >= least) return;
      refuse(
          sweep_.setting(name),
          fmt::format("{} is too small: {} is less than {:.3g}, the least that {} holds",
                      value_text(sweep_.value(name)), what, least, is_float ? "float" : "double"));
    };
    check("lr", 2 * cell.learning_rate / cell.batch, "2 lr / batch");
    const char* spread = is_random() ? "init-scale" : "init-noise";
    check(spread, cell.start_noise, "it");
  }

  void set_steps(TrainCell& cell) const {
    const double steps = std::round(cell.epochs * cell.samples / cell.batch);
    const Setting& epochs = sweep_.setting("epochs");
    if (steps < 1)
      refuse(epochs, fmt::format("{} epochs of {} samples in batches of {} make no step",
                                 value_text(cell.epochs), cell.samples, cell.batch));
    if (steps >= static_cast<double>(max_steps))
      refuse(epochs, fmt::format("{} epochs of {} samples in batches of {} make {:.3g} steps; "
                                 "a trajectory has less than 2^40",
                                 value_text(cell.epochs), cell.samples, cell.batch, steps));
    // Every step begins with a block of four words of its own.
    const double draws = steps * ((cell.batch + 3u) / 4 * 4);
    if (draws > static_cast<double>(max_draws))
      refuse(epochs,
             fmt::format("{} epochs of {} samples draw {:.3g} samples; a trajectory draws at "
                         "most 2^54",
                         value_text(cell.epochs), cell.samples, draws));
    cell.steps = static_cast<std::uint64_t>(steps);
    cell.record_steps =
        spread_records(cell.steps, static_cast<std::uint64_t>(study_.integer("train.records")),
                       study_.text("train.record-spacing") == "log");
    cell.classify_every = static_cast<std::uint64_t>(study_.integer("train.classify-every"));
  }

  // Whether the cell's trajectories depend on a key of KeyScope::cell.
  bool applies(std::string_view name, const StartPoint& start) const {
    if (name == "classify-every") return has_phases_;
    if (name == "init-scale") return is_random();
    if (name == "init-noise") return !is_random();
    if (name == "dead-bias") return start.has_dead_columns;
    if (name == "samples" || name == "batch" || name == "batching") return !is_population();
    return true;
  }

  std::string settings_of(const StartPoint& start) const {
    std::string text;
    for (const Key& key : all_keys()) {
      if (!belongs_to_stage(key, "train") || key.scope != KeyScope::cell) continue;
      if (!applies(key.name, start)) continue;
      const std::string value = key.name == "init" ? start.canonical
                                : key.sweepable
                                    ? value_text(sweep_.value(key.name))
                                    : value_text(study_.at(key.full_name()).values.at(0));
      text += fmt::format("{}{}={}", text.empty() ? "" : ";", key.name, value);
    }
    return text;
  }

  // Equal for cells whose trajectories are equal and equally long.
  static std::pair<std::uint64_t, std::uint64_t> identity(const TrainCell& cell) {
    const std::string text = fmt::format("{};steps={}", cell.settings, cell.steps);
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    return {hash.high64, hash.low64};
  }

  const Study& study_;
  Sweep sweep_;
  StartPoints starts_;
  const bool has_phases_;
  SettingUse use_;
  std::uint64_t start_values_ = 0;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

}  // namespace

std::vector<std::uint64_t> spread_records(std::uint64_t steps, std::uint64_t records, bool log) {
  std::vector<std::uint64_t> at{0};
  const std::uint64_t last = records - 1;
  for (std::uint64_t i = 1; i < last; ++i) {
    std::uint64_t step = 0;
    if (log) {
      const double exponent = static_cast<double>(i - 1) / static_cast<double>(last - 1);
      step =
          static_cast<std::uint64_t>(std::llround(std::pow(static_cast<double>(steps), exponent)));
    } else {
      step = (steps * i + last / 2) / last;  // below 2^40 * 2^20
    }
    if (step > at.back() && step < steps) at.push_back(step);
  }
  at.push_back(steps);
  return at;
}

ExpandedStudy expand_study(const Study& study, const std::vector<ModelShape>& compiled,
                           Shard shard) {
  ExpandedStudy out;
  TrainPlan& plan = out.plan;
  plan.shape = checked_shape(study, compiled);
  plan.precision = study.text("precision") == "float" ? Precision::float32 : Precision::float64;
  const std::string& keep = study.text("train.keep-parameters");
  plan.keep = keep == "none"    ? KeepParameters::none
              : keep == "final" ? KeepParameters::final
                                : KeepParameters::all;
  plan.trajectories = static_cast<std::uint64_t>(study.integer("train.trajectories"));
  const ShardRange range = shard_range(shard, plan.trajectories, "trajectories");
  plan.first = range.first;
  plan.count = range.count;
  plan.levels = levels_of(study, plan.shape);
  Expansion(study, plan.shape).run(out);
  result_bytes(plan);
  return out;
}

std::uint64_t result_bytes(const TrainPlan& plan) {
  std::uint64_t of_one = 0;  // one member of every cell; below 2^27 * 2^14
  for (const TrainCell& cell : plan.cells) of_one += block_member_bytes(plan, cell);
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(of_one, plan.count, &bytes) || bytes >> 62 != 0)
    throw UsageError(fmt::format(
        "train.trajectories: {} trajectories in {} cells make a result of more than 2^62 bytes",
        plan.count, plan.cells.size()));
  return bytes;
}

std::string study_hash(const Study& study, const TrainPlan& plan) {
  const std::string text = study_scope_text(study, "train");
  XXH64_hash_t hash = XXH3_64bits(text.data(), text.size());
  for (const TrainCell& cell : plan.cells)
    hash = XXH3_64bits_withSeed(cell.settings.data(), cell.settings.size(), hash);
  return fmt::format("{:016x}", hash);
}

}  // namespace kgon
