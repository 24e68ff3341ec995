// The benchmarks, each file registering its own.
#pragma once

namespace kgon::bench {

// Chain-steps per second of one thread, through the back end.
void register_training();
// Nanoseconds per exact gradient of one chain.
void register_gradients();

}  // namespace kgon::bench
