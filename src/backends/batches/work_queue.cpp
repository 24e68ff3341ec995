#include "backends/batches/work_queue.hpp"

#include "engine/train_remainder.hpp"

namespace kgon::batches {

std::vector<FlatPiece> flat_pieces(const TrainPlan& plan, const TrainProgress& earlier) {
  std::vector<FlatPiece> pieces;
  for (const TrainPiece& piece : remaining_pieces(plan, earlier)) {
    const std::uint64_t first = piece.range.cell * plan.count + piece.range.first - plan.first;
    const bool is_next = !pieces.empty() && !pieces.back().state && !piece.state &&
                         pieces.back().first + pieces.back().count == first;
    if (is_next) {
      pieces.back().count += piece.range.count;
    } else {
      pieces.push_back({first, piece.range.count, piece.state});
    }
  }
  return pieces;
}

}  // namespace kgon::batches
