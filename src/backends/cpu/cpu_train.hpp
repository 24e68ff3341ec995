// `train` on the CPU: packs of members handed to threads.
#pragma once

#include "backends/cpu/instruction_set.hpp"
#include "backends/cpu/pack_task.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cpu {

struct PackFunction {
  bool (*run)(const PackTask&);
  int lanes;  // members of a pack
};

PackFunction find_pack_function(InstructionSet instructions, const ModelShape& shape,
                                Precision precision);

// Backend::train on `threads` threads, or as many as the system gives.
void train(const TrainPlan& plan, PackFunction function, std::uint64_t threads, TrainSink& sink,
           RunControl& control);

}  // namespace kgon::cpu
