// Samples of a pack, drawn before the gradient needs them.
#pragma once

#include <cstdint>

#include "kgon/core/macros.hpp"

namespace kgon::cpu {

// The samples of a step, drawn ahead into a small buffer: a loop of its own keeps the registers of
// drawing out of the gradient's loop.
template <class Isa, class Word, class Draws>
class DrawnAhead {
 public:
  KGON_FUNCTION DrawnAhead(const Draws& draws, std::uint32_t batch)
      : draws_(draws), batch_(batch) {}

  KGON_FUNCTION void begin_step() {
    draws_.begin_step();
    left_ = batch_;
    used_ = filled_ = 0;
  }

  KGON_FUNCTION void next(Word (&samples)[4], int) {
    if (used_ == filled_) refill();
    for (int g = 0; g < 4; ++g) samples[g] = buffer_[used_ + g];
    used_ += 4;
  }

 private:
  static constexpr int ahead = 32;

  // Not inlined on purpose; Isa in the class's type keeps the copies for instruction sets apart.
  __attribute__((noinline)) void refill() {
    used_ = filled_ = 0;
    while (left_ > 0 && filled_ < ahead) {
      const std::uint32_t count = left_ < 4 ? left_ : 4;
      Word samples[4];
      draws_.next(samples, static_cast<int>(count));
      for (int g = 0; g < 4; ++g) buffer_[filled_ + g] = samples[g];
      filled_ += 4;
      left_ -= count;
    }
  }

  Draws draws_;
  std::uint32_t batch_;
  std::uint32_t left_ = 0;
  int used_ = 0, filled_ = 0;
  Word buffer_[ahead];
};

}  // namespace kgon::cpu
