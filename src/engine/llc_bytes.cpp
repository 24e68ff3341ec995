#include "engine/llc_bytes.hpp"

namespace kgon {
namespace {

// Every array of an outcome, in the order of the bytes.
template <class Outcome, class Visit>
void for_each_array(Outcome& outcome, const Visit& visit) {
  visit(outcome.trace);
  visit(outcome.status);
  visit(outcome.failed_step);
  visit(outcome.accepted);
  visit(outcome.elsewhere);
  visit(outcome.unnamed);
  visit(outcome.outside);
}

}  // namespace

void put(const ChainOutcome& outcome, ByteWriter& bytes) {
  for_each_array(outcome, [&](const auto& array) { bytes.put(array); });
}

void get(ChainOutcome& outcome, ByteReader& bytes) {
  for_each_array(outcome, [&](auto& array) { bytes.get(array); });
}

Bytes to_bytes(const LlcBlock& block) {
  ByteWriter bytes;
  bytes.put(std::uint64_t{block.first_site});
  bytes.put(block.estimates);
  bytes.put(block.chains);
  bytes.put(block.losses);
  return bytes.take();
}

LlcBlock llc_block_from(std::span<const std::byte> bytes, const LlcPlan& plan) {
  ByteReader reader(bytes);
  LlcBlock block;
  block.first_site = reader.get<std::uint64_t>();
  reader.get(block.estimates);
  reader.get(block.chains);
  reader.get(block.losses);
  reader.expect_end();
  const std::size_t sites = block.estimates.size(), all = plan.sites.size();
  const std::size_t draws = plan.keep_losses ? plan.groups.at(0).draws : 0;
  const bool fits = sites > 0 && sites <= all && block.first_site <= all - sites &&
                    block.chains.size() == sites * plan.chains &&
                    block.losses.size() == sites * plan.chains * draws;
  if (!fits) throw DamagedBytes("a block that is not of this study");
  return block;
}

}  // namespace kgon
