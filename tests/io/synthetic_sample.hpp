// Islands whose numbers are a function of run, island and draw alone, so that any sharding of them
// must give the same arrays.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/sample_cells.hpp"
#include "io/sample_result.hpp"
#include "support/phases.hpp"

namespace kgon::synthetic_sample {

// Two data sets of two sizes and the population of both, 3 islands with 4 draws.
inline constexpr const char* study =
    "seed = 42\n[sample]\nsamples = [100, 200]\ndatasets = 2\ndataset = [\"sampled\", "
    "\"population\"]\nbeta = 0.5\nprior-scale = 2\nislands = 3\nparticles = 16\ndraws = 4\n";

// One posterior, 2 islands of 3 chains with 4 draws.
inline constexpr const char* chain_study =
    "seed = 42\n[sample]\nsampler = \"nuts\"\nsamples = 100\nislands = 2\nchains = 3\n"
    "draws = 4\n";

// Two posteriors on a ladder, 2 islands of 3 chains with 4 draws.
inline constexpr const char* ladder_study =
    "seed = 42\n[sample]\nsampler = \"tempering\"\nsamples = [100, 120]\nislands = 2\n"
    "chains = 3\ndraws = 4\n";

inline ExpandedSample expand(const std::string& text = study, Shard shard = {}) {
  return expand_sample(parse_study(text, "s.toml", {}), {{2, 6}}, shard);
}

inline ResultMetadata metadata() {
  return {"[sample]\nsamples = 100\n", "0123abcd",    "0.1.0",
          "cpu (avx2, 2 threads)",     "kgon sample", 42};
}

// Of a study as a stage writes it.
inline ResultMetadata metadata_of(const std::string& text) {
  const Study study = parse_study(text, "s.toml", {});
  ResultMetadata about = metadata();
  about.study = resolved_toml(study, {"sample"});
  about.study_hash = sample_study_hash(study, expand(text).plan);
  return about;
}

// `4` is of the formula alone.
using test::five;
using test::five_plus;
using test::four;
using test::six;

// Of run 0 alone island 0 finds `6`, and no island of run 1 finds `5+`.
inline SampleBlock block(const SamplePlan& plan, std::size_t run, std::uint32_t island) {
  SampleBlock result;
  result.run = run;
  result.island = island;
  if (plan.has_evidence()) result.log_evidence = -20 - static_cast<double>(run) - island / 8.0;
  result.mean_loss = 0.125 + island / 64.0;
  result.hull_phases = {{five, 0.75}, {five_plus, 0.25}};
  if (run == 0 && island == 0) result.hull_phases = {{five, 0.5}, {five_plus, 0.25}, {six, 0.25}};
  if (run == 1) result.hull_phases = {{five, 1}};
  result.labels = {{phase_other, 0.5}, {five, 0.5}};
  if (island == plan.islands().first) result.theory = {{five, 0.25}, {four, 0.125}};
  result.stages = 20 + island;
  result.acceptance = 0.75;
  result.step_size = 0.0625;
  result.ancestors = 7 + island;
  result.leapfrogs = 1000;
  result.swap_rate = 0.5 - island / 8.0;
  result.round_trips = 9 + island;
  result.rhat = 1 + island / 64.0;
  result.bulk_ess = 100 + island;
  result.tail_ess = 200 + island;
  result.divergences = island;
  if (!plan.has_evidence()) result.energy_fraction.assign(plan.sequences(), 0.5 + island / 8.0);
  for (std::uint32_t d = 0; d < plan.sequences() * plan.draws; ++d) {
    if (plan.is_markov())
      result.statistics.push_back({30 + d / 8.0, 0.75, 0.125, 7 + d, 3, d % 3 == 0});
    for (int i = 0; i < plan.shape.parameter_count(); ++i)
      result.parameters.push_back(static_cast<double>(run) + island / 8.0 + d / 64.0 + i / 1024.0);
    result.loss.push_back(0.25 + d / 16.0);
    result.phase.push_back(d % 2 == 0 ? five : phase_other);
    result.hull_phase.push_back(d % 2 == 0 ? five : five_plus);
  }
  return result;
}

inline SampleFindings findings(const SamplePlan& plan) {
  SampleFindings found;
  for (std::size_t run = 0; run < plan.runs.size(); ++run)
    for (std::uint32_t i = plan.islands().first; i < plan.islands().end(); ++i)
      found.islands.push_back(block(plan, run, i));
  const std::span<const SampleBlock> all(found.islands);
  const std::size_t islands = plan.islands().count;
  for (std::size_t run = 0; run < plan.runs.size(); ++run)
    found.estimates.push_back(estimate_run(plan, all.subspan(run * islands, islands)));
  found.crossings = find_crossings(plan, found.estimates);
  found.constants = fit_constants(plan, found.estimates);
  return found;
}

inline void write(const std::string& path, const SamplePlan& plan, const SampleFindings& found,
                  const ResultMetadata& about = metadata()) {
  SampleResultWriter writer(path, plan, about);
  for (const SampleBlock& island : found.islands) writer.write(island);
  writer.finish(found);
}

inline void write(const std::string& path, const SamplePlan& plan,
                  const ResultMetadata& about = metadata()) {
  write(path, plan, findings(plan), about);
}

}  // namespace kgon::synthetic_sample
