// What a back end does for the chains of one island of the no-U-turn sampler.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/byte_stream.hpp"
#include "engine/sorted_samples.hpp"
#include "kgon/batch/nuts_group.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

struct NutsJob {
  NutsSettings settings;
  std::uint32_t chains = 0;
  const SortedSampleTable* data = nullptr;  // null: the population loss
  std::size_t data_id = 0;                  // the same for the same data set, one run long
  const tms::PhaseLevels* levels = nullptr;
};

// Draw d of chain c is entry c * draws + d.
struct NutsDraws {
  std::vector<double> parameters;  // [chains, draws, P]
  std::vector<NutsDraw> draws;     // [chains, draws]
  std::vector<PhaseCode> labels, hulls;
};

// Keeps the chains of one island. Throws DeviceFailure.
class NutsRunner {
 public:
  virtual ~NutsRunner() = default;
  // Puts chain c at points [chains, P]; what was there before is gone. The job's tables must live
  // until the next start.
  virtual void start(const NutsJob& job, std::span<const double> points) = 0;
  // A fraction of a second of leapfrogs at most. Returns whether all chains are done.
  virtual bool advance(RunControl& control) = 0;
  // [chains]
  virtual void read_states(std::vector<NutsState>& states) = 0;
  // After all chains are done.
  virtual void read_draws(NutsDraws& draws) = 0;
  // Between two advances: the chains, and after a start with the same job the chains of another
  // runner, which go on from there.
  virtual void save(ByteWriter& bytes) = 0;
  virtual void restore(ByteReader& bytes) = 0;
};

}  // namespace kgon
