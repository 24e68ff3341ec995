// Pieces that the tables of `kgon sample` share.
#pragma once

#include <cstddef>
#include <string>

#include "app/sample_stage.hpp"

namespace kgon {

// Phases with less of the posterior are in the result alone.
inline constexpr double least_shown = 0.005;

// "2.13 +- 0.05".
std::string with_error(double value, double error, int digits);
// "population", "set 3".
std::string data_text(const SampleRun& run);
std::string prior_text(double scale);
bool has_several_priors(const SamplePlan& plan);

// Free energies beside the formula's, crossings beside the theory's, and fits of the constant
// terms; each empty where there is none.
std::string free_energies_text(const SamplePlan& plan, const SampleOutcome& outcome);
std::string crossings_text(const SamplePlan& plan, const SampleOutcome& outcome);
std::string constants_text(const SamplePlan& plan, const SampleOutcome& outcome);

}  // namespace kgon
