// The gate of chains: Langevin steps, full-batch and on minibatches, against a plain loop.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "engine/bench_gates.hpp"
#include "engine/bench_reference.hpp"
#include "engine/sample_loss.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/dynamics/chain_noise.hpp"
#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/math/entries.hpp"

namespace kgon {
namespace {

constexpr int P = 18;  // the noise of a step is laid out for so many parameters
constexpr std::uint32_t chains = 20;

struct LossSink : LlcSink {
  void accept(LlcBlock&& block) override {
    const std::lock_guard lock(mutex);
    losses.insert(losses.end(), block.losses.begin(), block.losses.end());
  }
  std::mutex mutex;
  std::vector<double> losses;  // [chains, draws]
};

LlcPlan chain_plan(const GateSubject& subject, Sampler sampler) {
  LlcPlan plan;
  plan.shape = subject.shape;
  plan.precision = subject.precision;
  plan.chains = chains;
  plan.keep_losses = true;
  plan.points = tms::standard_point(tms::phase_code(5, 0, 0), subject.shape.features, -1.0);
  plan.origins = {{}};
  plan.names = {"5"};
  plan.data = {{79, 0, Purpose::shared_data}};
  plan.levels = tms::phase_levels(subject.shape.features);
  LlcGroup group;
  group.key = 79;
  group.site_count = 1;
  group.sampler = sampler;
  group.samples = 200;
  group.batch = 20;
  group.draws = 20;
  group.thin = 10;
  LlcSite site;
  site.identity = 1;
  site.nbeta = 40;
  site.gamma = 10;
  site.step_size = 0.0025;
  plan.groups = {group};
  plan.sites = {site};
  return plan;
}

using Samples = std::vector<std::uint32_t>;

// The samples behind the gradient of a step.
class Minibatches {
 public:
  Minibatches(const LlcGroup& group, const StreamId<std::uint32_t>& stream, const Samples& sorted)
      : group_(group), sorted_(sorted), indices_(stream, permutation_grid(group.samples), 0) {}

  Samples next() {
    if (group_.sampler != Sampler::sgld) return sorted_;
    indices_.begin_step();
    Samples drawn;
    for (std::uint32_t first = 0; first < group_.batch; first += 4) {
      std::uint32_t four[4];
      indices_.next(four, 4);
      for (const std::uint32_t index : four) drawn.push_back(sorted_[index]);
    }
    return drawn;
  }

 private:
  const LlcGroup& group_;
  const Samples& sorted_;
  ShuffledIndices<std::uint32_t> indices_;
};

// Losses of the draws of one chain: w' = w - (epsilon / 2) (n beta g + gamma (w - w*)) +
// sqrt(epsilon) z, with the z that its random numbers say.
std::vector<double> plain_chain(const LlcPlan& plan, std::uint32_t chain, const Samples& sorted) {
  const LlcGroup& group = plan.groups[0];
  const LlcSite& site = plan.sites[0];
  const auto stream = member_stream(group.key, chain_member(site.identity, chain));
  const ChainNoise<double, P> noise{stream, Purpose::chain_noise};
  Minibatches minibatches(group, stream, sorted);
  Point w = plan.points;
  std::vector<double> losses;
  for (std::uint64_t t = 0; t < group.draws * group.thin; ++t) {
    LocalEntries<double, P> normals{};
    noise(t, normals);
    const Point gradient = plain_gradient(plan.shape, w, minibatches.next());
    for (std::size_t p = 0; p < w.size(); ++p) {
      const double slope = site.nbeta * gradient[p] + site.gamma * (w[p] - plan.points[p]);
      w[p] += std::sqrt(site.step_size) * normals.value(static_cast<int>(p)) -
              site.step_size / 2 * slope;
    }
    if ((t + 1) % group.thin == 0) losses.push_back(mean_sample_loss(plan.shape, w.data(), sorted));
  }
  return losses;
}

}  // namespace

Gate chain_gate(const GateSubject& subject, Sampler sampler) {
  const LlcPlan plan = chain_plan(subject, sampler);
  const LlcGroup& group = plan.groups[0];
  LossSink sink;
  subject.backend.estimate_llc(plan, sink, subject.control);
  const Samples sorted =
      sort_samples(generate_samples(member_stream(plan.data[0].key, plan.data[0].member),
                                    plan.data[0].purpose, group.samples, plan.shape.features),
                   plan.shape.features)
          .samples;
  double error = sink.losses.size() == chains * group.draws ? 0 : INFINITY;
  for (std::uint32_t chain = 0; chain < chains && error < INFINITY; ++chain) {
    const std::vector<double> truth = plain_chain(plan, chain, sorted);
    for (std::size_t d = 0; d < truth.size(); ++d)
      error = worse(error, std::abs(sink.losses[chain * group.draws + d] / truth[d] - 1));
  }
  const double bound = subject.precision == Precision::float64 ? 1e-8 : 1e-5;
  return {"llc", sampler == Sampler::sgld ? "200 steps, sgld" : "200 steps, langevin",
          error <= bound,
          fmt::format("losses of the plain loop: {:.1e} off ({:.0e} allowed)", error, bound)};
}

}  // namespace kgon
