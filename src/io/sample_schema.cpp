#include "io/sample_schema.hpp"

#include "io/critical_points_group.hpp"
#include "io/netcdf_file.hpp"
#include "io/sample_groups.hpp"

namespace kgon {

void write_sample_arrays(NetcdfFile& file, const SamplePlan& plan, const ResultMetadata& metadata,
                         const SampleFindings& found) {
  put_root_attributes(file, metadata,
                      {"kgon sample: posteriors of the Toy Model of Superposition",
                       plan.shape,
                       plan.precision,
                       {plan.islands().first, plan.islands().count},
                       sample_axis,
                       plan.smc.islands});
  if (const auto critical_points = define_critical_points(file, plan.shape))
    critical_points->finish();
  write_sample_summary(file, plan, found);
  if (plan.is_part()) write_sample_islands(file, plan, found);
  write_theory(file, found);
  write_crossings(file, found);
  write_free_energy_fits(file, found);
}

std::uint64_t sample_file_bytes(const SamplePlan& plan, const ResultMetadata& metadata) {
  std::uint64_t bytes = 256 * 1024 + metadata.study.size() + metadata.command.size();
  for (const SampleRun& run : plan.runs) bytes += run.settings.size() + 64;
  return bytes + sample_result_bytes(plan);
}

}  // namespace kgon
