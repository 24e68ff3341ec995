// Compiled once per instruction set and model: KGON_ISA, KGON_HIDDEN and KGON_FEATURES come from
// CMake, which also gives the compiler the flags of that instruction set.
#include "backends/cpu/chain_pack.hpp"

#include "kgon/batch/advance_chains.hpp"
#include "kgon/math/pack.hpp"

namespace kgon::cpu {
namespace {

// Steps between two looks at the stop flag.
constexpr std::uint64_t longest_stretch = 2048;

// Apart from run_packs, each of which would have its copy.
template <class Model, class Real>
KGON_ONE_COPY void start_chains(const StartChain<Model, Real>& start, std::uint32_t first,
                                std::uint32_t end) {
  for (std::uint32_t slot = first; slot < end; ++slot) start(slot);
}
template <class Model, class Real>
KGON_ONE_COPY void classify_chains(const ClassifyChain<Model, Real>& classify, std::uint32_t first,
                                   std::uint32_t end) {
  for (std::uint32_t slot = first; slot < end; ++slot) classify(slot);
}

// Steps that the chains of a pack have done: none where they differ, as they may that narrower
// packs have left; their chains begin again.
inline std::uint64_t common_step(const std::uint64_t* step, std::uint32_t first,
                                 std::uint32_t end) {
  for (std::uint32_t slot = first + 1; slot < end; ++slot)
    if (step[slot] != step[first]) return 0;
  return step[first];
}

template <class Model, class S, ChainMethod Method>
bool run_packs(const ChainGroup<Model, RealOf<S>>& group, const Progress& progress,
               const ChainExchange& exchange) {
  using Real = RealOf<S>;
  using Advance = AdvanceChains<Model, S, Method, LossSource::either>;
  constexpr auto lanes = static_cast<std::uint32_t>(ScalarTraits<S>::lanes);
  const StartChain<Model, Real> start{group};
  const ClassifyChain<Model, Real> classify{group};
  Advance advance;
  advance.group = group;
  LocalEntries<S, Advance::scratch_entries> scratch;
  const ChainSettings& settings = group.settings;
  for (std::uint32_t first = 0; first < group.count; first += lanes) {
    const std::uint32_t end = first + lanes < group.count ? first + lanes : group.count;
    std::uint64_t t = common_step(exchange.step, first, end);
    if (t == 0) start_chains(start, first, end);
    while (t < settings.steps()) {
      const std::uint64_t event = settings.next_event(t);
      const std::uint64_t to = event < t + longest_stretch ? event : t + longest_stretch;
      advance(first, t, to, scratch);
      if (to == event && settings.is_look(to)) classify_chains(classify, first, end);
      const bool goes_on = progress.proceed(progress.context, (to - t) * (end - first));
      t = to;
      for (std::uint32_t slot = first; slot < end; ++slot) exchange.step[slot] = t;
      if (!goes_on || exchange.is_wanted(exchange.context)) exchange.hold(exchange.context);
      if (!goes_on) return false;
    }
  }
  return true;
}

}  // namespace

template <class Isa, int H, int C, class Real>
bool run_chains(const ChainGroup<tms::Model<H, C>, Real>& group, const Progress& progress,
                const ChainExchange& exchange) {
  using Model = tms::Model<H, C>;
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  switch (chain_method(group.settings.sampler)) {
    case ChainMethod::langevin:
      return run_packs<Model, S, ChainMethod::langevin>(group, progress, exchange);
    case ChainMethod::hamiltonian:
      return run_packs<Model, S, ChainMethod::hamiltonian>(group, progress, exchange);
    case ChainMethod::stochastic:
      return run_packs<Model, S, ChainMethod::stochastic>(group, progress, exchange);
  }
  return false;
}

template bool run_chains<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, float>(
    const ChainGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, float>&, const Progress&,
    const ChainExchange&);
template bool run_chains<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, double>(
    const ChainGroup<tms::Model<KGON_HIDDEN, KGON_FEATURES>, double>&, const Progress&,
    const ChainExchange&);

}  // namespace kgon::cpu
