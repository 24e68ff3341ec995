#include "rng/reference_words.hpp"

#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>

namespace kgon::test {

const char* random123_missing() {
  return nullptr;
}

void random123_block(std::uint64_t counter_low, std::uint64_t counter_high, std::uint64_t key,
                     std::uint32_t words[4]) {
  const auto half = [](std::uint64_t x, int part) {
    return static_cast<std::uint32_t>(x >> (32 * part));
  };
  r123::Philox4x32::ctr_type counter;
  r123::Philox4x32::key_type both;
  for (std::size_t part = 0; part < 2; ++part) {
    counter[part] = half(counter_low, static_cast<int>(part));
    counter[part + 2] = half(counter_high, static_cast<int>(part));
    both[part] = half(key, static_cast<int>(part));
  }
  const auto block = r123::Philox4x32()(counter, both);
  for (std::size_t k = 0; k < 4; ++k) words[k] = block[k];
}

}  // namespace kgon::test

#else

namespace kgon::test {
const char* random123_missing() {
  return "Random123/philox.h not found (librandom123-dev)";
}
void random123_block(std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t*) {}
}  // namespace kgon::test

#endif
