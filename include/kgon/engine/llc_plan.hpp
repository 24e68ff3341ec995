// What one `llc` run is: the contract between the study reader, the engine and the back ends.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "kgon/core/choices.hpp"
#include "kgon/core/purpose.hpp"
#include "kgon/engine/train_plan.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

// The n samples that a stream draws for a purpose; n is the group's.
struct DataSource {
  std::uint64_t key = 0;
  std::uint64_t member = 0;
  Purpose purpose = Purpose::shared_data;
  bool operator==(const DataSource&) const = default;
};

// Where a point comes from: a record of a train result, or a label, which has no cell, trajectory,
// record and step; the record of a point from a file of points is its place in the file.
struct PointOrigin {
  std::uint32_t name = 0;  // index in LlcPlan::names
  std::int64_t cell = -1, trajectory = -1, record = -1, step = -1;
};

// One row of the result: one point with one choice of the numbers below.
struct LlcSite {
  std::uint32_t point = 0;     // index in LlcPlan::points and LlcPlan::origins
  std::uint32_t data = 0;      // index in LlcPlan::data; unused with the population loss
  std::uint64_t identity = 0;  // of point, data set and the numbers below, for the random numbers
  double nbeta = 0;            // n times the inverse temperature, above 0
  double gamma = 0;            // localization, 0 or more
  double step_size = 0;        // 0: from the curvature at w*, tuned for mala and hmc
  double step_scale = 1;       // factor on the step size, given or found
};

// Sites that one launch can hold: everything but the numbers of LlcSite is the same.
struct LlcGroup {
  std::string settings;        // canonical `key=value;...`, the text behind `key`
  std::uint64_t key = 0;       // Philox key: hash(settings) and the seed
  std::size_t first_site = 0;  // sites first_site..first_site+site_count-1 of the plan
  std::size_t site_count = 0;
  Sampler sampler = Sampler::langevin;
  Estimator estimator = Estimator::exact;
  bool population = false;       // L in place of L_n
  std::uint32_t samples = 5000;  // n; with `population` only behind the default of nbeta
  std::uint32_t batch = 0;       // sgld
  std::uint32_t leapfrogs = 8;   // hmc: uniform on 1..leapfrogs
  std::uint64_t burn_in = 0, draws = 0, thin = 1;  // in steps, draws, steps from draw to draw
  std::uint64_t classify_every = 0;                // draws between two looks at the phase
};

// n / log n, the temperature of WBIC (Watanabe 2013, arXiv 1208.6338); of devinterp's estimator
// batch / log batch, as there.
inline double usual_nbeta(Estimator estimator, std::uint32_t samples, std::uint32_t batch) {
  const double n = estimator == Estimator::devinterp ? batch : samples;
  return n / std::log(n);
}

struct LlcPlan {
  ModelShape shape;
  Precision precision = Precision::float32;
  std::uint32_t chains = 16;   // per site
  double reject_below = 0.05;  // chains with a larger share of draws below L_n(w*) are left out
  bool check_bias = false;     // run unadjusted chains again at half the step size
  bool keep_losses = false;    // of all draws
  std::vector<double> points;  // [points, parameters]
  std::vector<PointOrigin> origins;
  std::vector<std::string> names;
  std::vector<DataSource> data;
  std::vector<LlcSite> sites;
  std::vector<LlcGroup> groups;  // their sites cover LlcPlan::sites in order
  tms::PhaseLevels levels;
};

}  // namespace kgon
