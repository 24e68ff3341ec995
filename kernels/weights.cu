// Weights of particles have no model: compiled once.
#include "weight_kernels.cuh"

namespace kgon::cuda {

std::size_t reduction_scratch_bytes(std::uint32_t count) {
  return most_scratch_bytes(count);
}

void start_weights(double* weights, std::uint32_t* roots, std::uint32_t count,
                   cudaStream_t stream) {
  for_particles("the weights' start", StartWeight{weights, roots}, count, stream);
}

void find_least(const double* values, std::uint32_t count, double* least, ReductionScratch scratch,
                cudaStream_t stream) {
  check(cub::DeviceReduce::Min(scratch.memory, scratch.bytes, values, least, count, stream),
        "the smallest loss");
}

void sum_counts(const std::uint32_t* counts, std::uint32_t count, std::uint64_t* sum,
                ReductionScratch scratch, cudaStream_t stream) {
  check(add(ReadCount{counts}, count, sum, scratch, stream), "a sum of counts");
}

void weigh(const WeighParticle& term, std::uint32_t count, WeightSums* sums,
           ReductionScratch scratch, cudaStream_t stream) {
  check(add(term, count, sums, scratch, stream), "a sum of weights");
}

void weigh_squares(const SquareWeight& term, std::uint32_t count, WeightSums* sums,
                   ReductionScratch scratch, cudaStream_t stream) {
  check(add(term, count, sums, scratch, stream), "a sum of weights");
}

void reweight(const ReweightParticle& reweight, std::uint32_t count, double* greatest,
              ReductionScratch scratch, cudaStream_t stream) {
  for_particles("the weights' change", reweight, count, stream);
  check(cub::DeviceReduce::Max(scratch.memory, scratch.bytes, reweight.weights, greatest, count,
                               stream),
        "the greatest weight");
  for_particles("the weights' scale", DivideWeight{reweight.weights, greatest}, count, stream);
}

void find_ancestors(const Resampling& r, ReductionScratch scratch, cudaStream_t stream) {
  const FixWeight fix{r.weights, weight_units(r.count)};
  check(accumulate(fix, r.count, r.ends, scratch, stream), "the ends of weights");
  for_particles(
      "the search for ancestors",
      TakeAncestor{{r.ends, r.count, r.uniform}, r.ancestors, r.old_roots, r.roots, r.weights},
      r.count, stream);
}

}  // namespace kgon::cuda
