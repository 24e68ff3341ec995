// The layout of an `llc` result: group `llc`, critical_points_group.hpp's and the attributes of the
// root.
//
// Dimensions: point (the sites of the shard), chain, hidden, feature, and draw where the plan keeps
// the losses of the draws. NaN in floating point and -1 in integers stand for what does not exist.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/llc_cells.hpp"
#include "io/result_metadata.hpp"
#include "kgon/engine/llc_block.hpp"

namespace kgon {

class NetcdfFile;

// A variable of floating point with one value per point or per chain.
template <class Row>
struct RealColumn {
  const char* name;
  const char* long_name;
  const char* units;
  double Row::*field;
};
std::span<const RealColumn<LlcEstimate>> estimate_columns();
std::span<const RealColumn<ChainRow>> chain_columns();

// Identifiers of the variables that are written as sites are done; -1 where the file has none.
struct LlcVariables {
  int group = -1;
  std::vector<int> estimates, chains;  // in the order of the columns above
  int phase = -1, verdict = -1, signs = -1;
  int chains_used = -1, dropped_below = -1, dropped_failed = -1;
  int status = -1, use = -1, failed_step = -1;
  int losses = -1;                    // of the draws
  int recommended = -1, reason = -1;  // of a calibration
};

// Whether the sites are a grid of which one cell per point is recommended.
enum class LlcPurpose : std::uint8_t { estimate, calibrate };

// Defines everything in a new file and writes what is known before a chain has moved: coordinates,
// settings, origins and parameters of the points. IoError.
LlcVariables define_llc_result(NetcdfFile& file, const ExpandedLlc& expanded,
                               const ResultMetadata& metadata, LlcPurpose purpose);

// A generous bound of the bytes of the file.
std::uint64_t llc_file_bytes(const ExpandedLlc& expanded, const ResultMetadata& metadata);

}  // namespace kgon
