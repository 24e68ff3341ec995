#include "engine/ladder_work.hpp"

#include <algorithm>
#include <utility>

#include "engine/sample_work.hpp"

namespace kgon {
std::shared_ptr<const LadderTables> LadderWork::make_tables(const SampleLadder& ladder) const {
  auto tables = std::make_shared<LadderTables>();
  const SampleRun& run = run_of(plan_, ladder);
  if (run.population) return tables;
  const auto stream = member_stream(run.data.key, run.data.member);
  for (const LadderRung& rung : ladder.rungs)
    tables->push_back(
        sort_samples(generate_samples(stream, run.data.purpose, rung.samples, plan_.shape.features),
                     plan_.shape.features));
  return tables;
}

bool LadderWork::next(LadderShare& share) {
  const std::lock_guard lock(mutex_);
  while (ladder_ < plan_.ladders.size() && is_done()) step_on();
  if (control_.stop || ladder_ == plan_.ladders.size()) return false;
  const SampleLadder& ladder = plan_.ladders[ladder_];
  if (!tables_) tables_ = make_tables(ladder);
  const std::size_t lowest = static_cast<std::size_t>(&run_of(plan_, ladder) - plan_.runs.data());
  share = {{&plan_, ladder_, island_, {}, island_states(sink_, lowest, island_)}, tables_};
  for (std::size_t k = 0; k < ladder.rungs.size(); ++k)
    share.task.data.push_back(tables_->empty() ? nullptr : &(*tables_)[k]);
  step_on();
  return true;
}

bool LadderWork::is_done() const {
  return std::ranges::all_of(plan_.ladders[ladder_].rungs, [&](const LadderRung& rung) {
    return rung.run < 0 || sink_.has(static_cast<std::size_t>(rung.run), island_);
  });
}

void LadderWork::step_on() {
  if (++island_ < plan_.islands().end()) return;
  island_ = plan_.islands().first;
  ++ladder_;
  tables_.reset();
}

std::uint64_t ladder_bytes(const SamplePlan& plan, std::uint64_t chain_bytes) {
  std::uint64_t rungs = 0;
  for (const SampleLadder& ladder : plan.ladders)
    rungs = std::max<std::uint64_t>(rungs, ladder.rungs.size());
  // The trace once more with its ranks and scores, when it is judged.
  return rungs * plan.tempering.chains * (chain_bytes + plan.tempering.rounds * 8) +
         std::uint64_t{plan.tempering.chains} * plan.tempering.rounds * 8 * 10 +
         // The blocks of all rungs, and the bytes of one for the log of what is done.
         (rungs + 1) * draws_bytes(plan);
}

std::uint64_t ladder_table_bytes(const SamplePlan& plan, TableBytes bytes_of_table) {
  std::uint64_t most = 0;
  for (const SampleLadder& ladder : plan.ladders) {
    if (run_of(plan, ladder).population) continue;
    std::uint64_t bytes = 0;
    for (const LadderRung& rung : ladder.rungs)
      bytes += bytes_of_table(rung.samples, plan.shape.features);
    most = std::max(most, bytes);
  }
  return most;
}

void run_ladders(LadderWork& work,
                 const std::function<std::unique_ptr<ParticleRunner>()>& make_runner,
                 SampleSink& sink, RunControl& control) {
  LadderShare share;
  while (work.next(share)) {
    std::vector<SampleBlock> blocks;
    if (!run_ladder(share.task, make_runner, blocks, control)) return;
    // An earlier run may have been killed between two blocks of a ladder.
    for (SampleBlock& block : blocks)
      if (!sink.has(block.run, block.island)) sink.accept(std::move(block));
  }
}

}  // namespace kgon
