// What a random word is for. One list, values never reused.
#pragma once

#include <cstdint>

namespace kgon {

// At most 63: the purpose takes bits 56..61 of cuRAND's offset / 4.
enum class Purpose : std::uint8_t {
  data = 1,                 // word k: sample k of a member's own data set
  shared_data = 2,          // word k: sample k of the cell's shared data set (member 0)
  initial_noise = 3,        // block q: normals 4q..4q+3 of the start's parameters
  epoch_permutation = 4,    // block e: keys of the permutation of epoch e
  minibatch_index = 5,      // word t: index of draw t with replacement
  index_retry = 6,          // blocks 4t..4t+3: further words where the word of draw t was rejected
  chain_noise = 7,          // blocks b t..: normals and the uniform of step t of a chain, b a step
  leapfrog_count = 8,       // word t: number of leapfrogs of step t, the same for all chains
  pilot_noise = 9,          // as chain_noise, for the chains that tune a step size
  pilot_leapfrogs = 10,     // as leapfrog_count, for those
  prior_draw = 11,          // blocks 0, 1, ...: normals of a particle's start
  particle_noise = 12,      // as chain_noise, for the particles of an island
  particle_leapfrogs = 13,  // as leapfrog_count, for those
  resampling = 14,          // word s: the uniform of stage s of an island (member 0)
  swap = 15,                // word t: the uniform of swap t of a chain's ladder
  chain_start = 16,         // blocks 0, 1, ...: where a chain of hmc or nuts starts
  nuts_momenta = 17,        // as chain_noise, for the momenta of the no-U-turn sampler
  nuts_tree = 18,           // block 65536 t + k: choices behind leaf k of the tree of step t
};

}  // namespace kgon
