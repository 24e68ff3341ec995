// The benchmarks, each file registering its own.
#pragma once

namespace kgon::bench {

// Chain-steps per second of one thread, through the back end.
void register_training();
// The same of the samplers of llc; a step of hmc is up to eight leapfrogs.
void register_chains();
// Nanoseconds per exact gradient of one chain.
void register_gradients();

}  // namespace kgon::bench
