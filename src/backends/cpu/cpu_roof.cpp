#include "backends/cpu/cpu_roof.hpp"

#include <chrono>
#include <mutex>
#include <type_traits>

#include "backends/cpu/roof_pack.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cpu {
namespace {

// Between two looks at the clock, a fraction of a millisecond.
constexpr std::uint64_t rounds_at_a_time = 50'000;

using Clock = std::chrono::steady_clock;

// What one thread does until then.
template <class Isa, class Real>
double count_flops(Clock::time_point end) {
  // A fused multiply-add goes to 1 and stays there; the others keep their values.
  RoofNumbers<Real> numbers{Real(0.5), Real(0.5), {}};
  if (std::is_same_v<Isa, Baseline>) numbers = {Real(1), Real(0), {}};
  double rounds = 0;
  do {
    run_roof<Isa, Real>(rounds_at_a_time, numbers);
    rounds += static_cast<double>(rounds_at_a_time);
  } while (Clock::now() < end);
  return roof_round<Isa, Real> * rounds;
}

template <class Isa>
double count_flops(Precision precision, Clock::time_point end) {
  return precision == Precision::float64 ? count_flops<Isa, double>(end)
                                         : count_flops<Isa, float>(end);
}

double count_flops(InstructionSet instructions, Precision precision, Clock::time_point end) {
  switch (instructions) {
    case InstructionSet::avx512:
      return count_flops<Avx512>(precision, end);
    case InstructionSet::avx2:
      return count_flops<Avx2>(precision, end);
    case InstructionSet::baseline:
      break;
  }
  return count_flops<Baseline>(precision, end);
}

}  // namespace

DeviceRoof measure_roof(InstructionSet instructions, Precision precision, unsigned threads,
                        double seconds) {
  DeviceRoof roof;
  roof.instructions = name(instructions);
  roof.kernel = instructions == InstructionSet::baseline
                    ? "independent packed multiplications and additions in registers"
                    : "independent packed fused multiply-adds in registers";
  RunControl control;
  RunFailure failure(control);
  std::mutex mutex;
  double flops = 0;
  // One window for all threads: rates of their own would add up to more than there is where
  // threads take turns on a core.
  const auto start = Clock::now();
  const auto end =
      start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  with_helpers(threads, failure, [&] {
    const double done = count_flops(instructions, precision, end);
    const std::lock_guard lock(mutex);
    flops += done;
    ++roof.threads;
  });
  failure.rethrow();
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  roof.flops = flops / elapsed.count();
  return roof;
}

}  // namespace kgon::cpu
