// The benchmarks, each file registering its own.
#pragma once

namespace kgon::bench {

// Chain-steps per second of one thread, through the back end.
void register_training();
// The same of the samplers of llc; a step of hmc is up to eight leapfrogs.
void register_chains();
// Leapfrogs per second of one thread, and the time of one island of 2,048 particles.
void register_posteriors();
// Nanoseconds per exact gradient of one chain.
void register_gradients();

}  // namespace kgon::bench
