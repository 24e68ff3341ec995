#include "backends/cpu/cpu_llc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>

#include "backends/cpu/cpu_chain_runner.hpp"
#include "engine/llc_task.hpp"

namespace kgon::cpu {
namespace {

template <class Isa, int H, int C, class Real>
std::unique_ptr<ChainRunner> of_precision() {
  return std::make_unique<CpuChainRunner<H, C, Real>>(&run_chains<Isa, H, C, Real>,
                                                      padded_slots<Isa, Real>(1));
}

template <class Isa, int H, int C>
std::unique_ptr<ChainRunner> of_instructions(Precision precision) {
  return precision == Precision::float64 ? of_precision<Isa, H, C, double>()
                                         : of_precision<Isa, H, C, float>();
}

template <int H, int C>
std::unique_ptr<ChainRunner> of_model(InstructionSet instructions, Precision precision) {
  switch (instructions) {
    case InstructionSet::avx512:
      return of_instructions<Avx512, H, C>(precision);
    case InstructionSet::avx2:
      return of_instructions<Avx2, H, C>(precision);
    case InstructionSet::baseline:
      break;
  }
  return of_instructions<Baseline, H, C>(precision);
}

std::unique_ptr<ChainRunner> make_runner(const LlcPlan& plan, InstructionSet instructions) {
#define KGON_MODEL(h, c) \
  if (plan.shape == ModelShape{h, c}) return of_model<h, c>(instructions, plan.precision);
#include "kgon_models.inc"
#undef KGON_MODEL
  throw std::invalid_argument(fmt::format("hidden = {}, features = {} is not in this build",
                                          plan.shape.hidden, plan.shape.features));
}

// Sites whose chains together fill a few packs of any instruction set.
std::size_t sites_per_task(const LlcPlan& plan) {
  return std::max<std::size_t>(1, 16 / plan.chains);
}

// Hands out neighbouring sites with one data set, and that data set with them.
class LlcRun {
 public:
  LlcRun(const LlcPlan& plan, InstructionSet instructions, LlcSink& sink, RunControl& control)
      : plan_(plan),
        instructions_(instructions),
        sink_(sink),
        control_(control),
        lambdas_(phase_lambdas(plan.shape)) {}

  void work() {
    try {
      const auto runner = make_runner(plan_, instructions_);
      LlcTask task;
      std::shared_ptr<const SortedSampleTable> table;
      while (next(task, table)) {
        LlcBlock block;
        if (!run_llc_task(task, *runner, block, control_)) return;
        sink_.accept(std::move(block));
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      control_.stop = true;
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  bool next(LlcTask& task, std::shared_ptr<const SortedSampleTable>& table) {
    const std::lock_guard lock(mutex_);
    if (control_.stop || next_site_ == plan_.sites.size()) return false;
    while (next_site_ == plan_.groups[group_].first_site + plan_.groups[group_].site_count) {
      ++group_;
      table_.reset();
    }
    const LlcGroup& group = plan_.groups[group_];
    const std::uint32_t data = plan_.sites[next_site_].data;
    const std::size_t group_end = group.first_site + group.site_count;
    const std::size_t most = std::min(group_end, next_site_ + sites_per_task(plan_));
    std::size_t end = next_site_ + 1;
    while (end < most && (group.population || plan_.sites[end].data == data)) ++end;
    if (!group.population) take_table(group, data);
    table = table_;
    task = {&plan_, &group, next_site_, end - next_site_, {}, &lambdas_};
    task.data = {{data, group.population ? nullptr : table.get()}};
    next_site_ = end;
    return true;
  }

  void take_table(const LlcGroup& group, std::uint32_t data) {
    if (table_ && data_ == data) return;
    const DataSource& source = plan_.data[data];
    const StreamId<std::uint32_t> stream{philox_key(source.key),
                                         static_cast<std::uint32_t>(source.member),
                                         static_cast<std::uint32_t>(source.member >> 32)};
    table_ = std::make_shared<const SortedSampleTable>(
        sort_samples(generate_samples(stream, source.purpose, group.samples, plan_.shape.features),
                     plan_.shape.features));
    data_ = data;
  }

  const LlcPlan& plan_;
  const InstructionSet instructions_;
  LlcSink& sink_;
  RunControl& control_;
  const PhaseLambdas lambdas_;
  std::mutex mutex_;
  std::size_t next_site_ = 0, group_ = 0;
  std::uint32_t data_ = 0;
  std::shared_ptr<const SortedSampleTable> table_;
  std::exception_ptr error_;
};

}  // namespace

void estimate_llc(const LlcPlan& plan, InstructionSet instructions, unsigned threads, LlcSink& sink,
                  RunControl& control) {
  LlcRun run(plan, instructions, sink, control);
  {
    std::vector<std::jthread> helpers;
    for (unsigned t = 1; t < threads; ++t) helpers.emplace_back([&run] { run.work(); });
    run.work();
  }
  run.rethrow();
}

std::uint64_t llc_memory_estimate(const LlcPlan& plan, unsigned threads) {
  std::uint64_t most = 0;
  for (const LlcGroup& group : plan.groups) {
    const std::uint64_t chains = plan.chains * sites_per_task(plan);
    // The trace, the used draws and what the diagnostics make of them.
    const std::uint64_t draws = chains * group.draws * 8 * 8;
    const std::uint64_t table = group.population ? 0 : std::uint64_t{group.samples} * 24;
    most = std::max(most, threads * (draws + table));
  }
  return most + plan.sites.size() * (sizeof(LlcSite) + sizeof(LlcEstimate)) +
         plan.points.size() * sizeof(double);
}

}  // namespace kgon::cpu
