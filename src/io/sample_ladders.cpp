#include "io/sample_ladders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/keys.hpp"

namespace kgon {
namespace {

// Rungs strictly between two n.
void add_between(double low, double high, double ratio, std::vector<LadderRung>& rungs) {
  const auto count = static_cast<int>(std::ceil(std::log(high / low) / std::log(ratio) - 1e-9));
  for (int i = 1; i < count; ++i) {
    const auto n =
        static_cast<std::uint32_t>(std::lround(low * std::pow(high / low, double(i) / count)));
    if (n > low && n < high && (rungs.empty() || n > rungs.back().samples))
      rungs.push_back({n, -1});
  }
}

std::vector<LadderRung> make_rungs(const std::map<std::uint32_t, std::size_t>& run_of, double beta,
                                   double ratio) {
  std::vector<LadderRung> rungs;
  const double lowest = run_of.begin()->first;
  const double start = std::max(1.0, std::ceil(mixing_nbeta / beta));
  if (start < lowest) {
    rungs.push_back({static_cast<std::uint32_t>(start), -1});
    add_between(start, lowest, ratio, rungs);
  }
  for (const auto& [n, run] : run_of) {
    if (n != run_of.begin()->first) add_between(rungs.back().samples, n, ratio, rungs);
    rungs.push_back({n, static_cast<std::int64_t>(run)});
  }
  return rungs;
}

}  // namespace

std::vector<SampleLadder> make_ladders(const SamplePlan& plan, double ratio, std::uint64_t seed) {
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
    ladder.settings = plan.runs[run_of.begin()->second].settings + ";ladder=";
    for (const LadderRung& rung : ladder.rungs)
      ladder.settings += fmt::format("{}{}", &rung == ladder.rungs.data() ? "" : ",", rung.samples);
    ladder.key = XXH3_64bits_withSeed(ladder.settings.data(), ladder.settings.size(), seed);
  }
  return ladders;
}

}  // namespace kgon
