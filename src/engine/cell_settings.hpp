// From the plan's cells to the plain data that functors take.
#pragma once

#include "kgon/batch/cell_settings.hpp"
#include "kgon/batch/member_log.hpp"
#include "kgon/engine/train_block.hpp"

namespace kgon {

CellSettings cell_settings(const TrainCell& cell, int parameter_count);

// Records whose parameters are kept: 0, 1 (the last) or all.
std::uint32_t kept_records(KeepParameters keep, std::size_t records);

// A block with every array at its size.
TrainBlock make_train_block(const TrainPlan& plan, const MemberRange& range);
// Bytes of its arrays, and of what one member takes of them.
std::uint64_t block_bytes(const TrainBlock& block);
std::uint64_t block_member_bytes(const TrainPlan& plan, const TrainCell& cell);
// The arrays of such a block as functors write them; entry m is member range.first + m.
MemberLog<double> block_log(const TrainPlan& plan, TrainBlock& block);

}  // namespace kgon
