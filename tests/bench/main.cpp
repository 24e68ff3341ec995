#include <benchmark/benchmark.h>

#include "cases.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  kgon::bench::register_training();
  kgon::bench::register_chains();
  kgon::bench::register_posteriors();
  kgon::bench::register_gradients();
  // A filter that matches nothing is a mistake.
  const bool some = benchmark::RunSpecifiedBenchmarks() > 0;
  benchmark::Shutdown();
  return some ? 0 : 1;
}
