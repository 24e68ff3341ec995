#include "engine/sample_bytes.hpp"

#include <utility>

namespace kgon {
namespace {

// Every member of a block, in the order of the bytes.
template <class Block, class Visit>
void for_each_member(Block& block, const Visit& visit) {
  visit(block.run);
  visit(block.island);
  visit(block.log_evidence);
  visit(block.mean_loss);
  visit(block.hull_phases);
  visit(block.labels);
  visit(block.theory);
  visit(block.stages);
  visit(block.acceptance);
  visit(block.step_size);
  visit(block.ancestors);
  visit(block.leapfrogs);
  visit(block.swap_rate);
  visit(block.round_trips);
  visit(block.rhat);
  visit(block.bulk_ess);
  visit(block.tail_ess);
  visit(block.divergences);
  visit(block.energy_fraction);
  visit(block.parameters);
  visit(block.loss);
  visit(block.phase);
  visit(block.hull_phase);
  visit(block.statistics);
}

}  // namespace

void put(const SampleBlock& block, ByteWriter& bytes) {
  for_each_member(block, [&](const auto& member) { bytes.put(member); });
}

void get(SampleBlock& block, ByteReader& bytes) {
  for_each_member(block, [&](auto& member) { bytes.get(member); });
}

Bytes to_bytes(const SampleBlock& block) {
  ByteWriter bytes;
  put(block, bytes);
  return bytes.take();
}

SampleBlock sample_block_from(std::span<const std::byte> bytes, const SamplePlan& plan) {
  ByteReader reader(bytes);
  SampleBlock block;
  get(block, reader);
  reader.expect_end();
  const std::size_t draws = std::size_t{plan.sequences()} * plan.draws;
  const bool fits =
      block.run < plan.runs.size() && block.loss.size() == draws && block.phase.size() == draws &&
      block.hull_phase.size() == draws &&
      block.parameters.size() == draws * static_cast<std::size_t>(plan.shape.parameter_count());
  if (!fits) throw DamagedBytes("an island that is not of this study");
  return block;
}

WorkStates island_states(SampleSink& sink, std::size_t run, std::uint32_t island) {
  return {sink.earlier_state(run, island), [&sink, run, island](Bytes&& bytes) {
            sink.hold({run, island, std::move(bytes)});
          }};
}

}  // namespace kgon
