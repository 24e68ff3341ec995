#include "io/sample_ladders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/sweep.hpp"

namespace kgon {
namespace {

// Rungs strictly between two n, as long as the ladder is not too long.
void add_between(double low, double high, double ratio, std::vector<LadderRung>& rungs) {
  const double span = std::log(high / low);
  // With so many, every whole number is a rung.
  constexpr double most = 1e12;
  const double count = std::min(std::ceil(span / std::log(ratio) - 1e-9), most);
  for (double i = 1; i < count && rungs.size() <= most_rungs;) {
    const auto n = std::round(low * std::pow(high / low, i / count));
    if (n > low && n < high && n > rungs.back().samples)
      rungs.push_back({static_cast<std::uint32_t>(n), -1});
    // Steps far below 1 would come to the same whole number again and again.
    i = std::max(i + 1, std::floor(count * std::log((n + 0.5) / low) / span) - 1);
  }
}

std::vector<LadderRung> make_rungs(const std::map<std::uint32_t, std::size_t>& run_of, double beta,
                                   double ratio) {
  std::vector<LadderRung> rungs;
  const double lowest = run_of.begin()->first;
  const double start = std::max(1.0, std::ceil(mixing_nbeta / beta));
  if (start < lowest) rungs.push_back({static_cast<std::uint32_t>(start), -1});
  for (const auto& [n, run] : run_of) {
    if (!rungs.empty()) add_between(rungs.back().samples, n, ratio, rungs);
    rungs.push_back({n, static_cast<std::int64_t>(run)});
  }
  return rungs;
}

void check_length(const Study& study, const std::map<std::uint32_t, std::size_t>& run_of,
                  const std::vector<LadderRung>& rungs) {
  if (rungs.size() <= most_rungs) return;
  const std::uint32_t low = rungs.front().samples, high = run_of.rbegin()->first;
  // The study's n, and where the ladder begins below them.
  const std::size_t least = run_of.size() + (low < run_of.begin()->first ? 1 : 0);
  if (least > most_rungs)
    refuse(study.at("sample.samples"),
           fmt::format("this grid needs a ladder of {} rungs or more, of which {} are the most; "
                       "split it over several runs",
                       least, most_rungs));
  // Each gap has fewer rungs than its part of all steps of this ratio.
  const double steps = static_cast<double>(std::max<std::size_t>(1, most_rungs - least));
  const double enough = std::ceil(std::pow(double(high) / low, 1 / steps) * 1e4) / 1e4;
  refuse(study.at("sample.ladder-ratio"),
         fmt::format("{} puts more than {} rungs between n = {} and {}; take {} or more",
                     study.real("sample.ladder-ratio"), most_rungs, low, high, enough));
}

}  // namespace

std::vector<SampleLadder> make_ladders(const Study& study, const SamplePlan& plan) {
  const double ratio = study.real("sample.ladder-ratio");
  const auto seed = static_cast<std::uint64_t>(study.integer("seed"));
  using Series = std::tuple<bool, std::uint32_t, double, double>;
  std::map<Series, std::map<std::uint32_t, std::size_t>> series;
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    const SampleRun& run = plan.runs[r];
    series[{run.population, run.data_set, run.beta, run.prior_scale}][run.samples] = r;
  }
  std::vector<SampleLadder> ladders;
  for (const auto& [key, run_of] : series) {
    SampleLadder& ladder = ladders.emplace_back();
    ladder.rungs = make_rungs(run_of, std::get<2>(key), ratio);
    check_length(study, run_of, ladder.rungs);
    ladder.settings = plan.runs[run_of.begin()->second].settings + ";ladder=";
    for (const LadderRung& rung : ladder.rungs)
      ladder.settings += fmt::format("{}{}", &rung == ladder.rungs.data() ? "" : ",", rung.samples);
    ladder.key = XXH3_64bits_withSeed(ladder.settings.data(), ladder.settings.size(), seed);
  }
  return ladders;
}

}  // namespace kgon
