#include "io/sample_result.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "io/netcdf_file.hpp"
#include "io/verify.hpp"

namespace kgon {

SampleResultWriter::SampleResultWriter(std::string path, const SamplePlan& plan,
                                       ResultMetadata metadata)
    : plan_(plan),
      metadata_(std::move(metadata)),
      part_(std::move(path), sample_file_bytes(plan, metadata_)),
      file_(std::make_unique<NetcdfFile>(NetcdfFile::create(part_.part()))) {}

SampleResultWriter::~SampleResultWriter() = default;

void SampleResultWriter::check(const SampleFindings& found) const {
  const std::size_t runs = plan_.runs.size(), islands = plan_.islands().count;
  if (found.islands.size() != runs * islands || found.estimates.size() != runs)
    throw std::logic_error(fmt::format("{} islands and {} estimates for {} runs of {} islands",
                                       found.islands.size(), found.estimates.size(), runs,
                                       islands));
  const auto parameters = static_cast<std::size_t>(plan_.shape.parameter_count());
  const std::size_t draws = std::size_t{plan_.sequences()} * plan_.draws;
  for (std::size_t i = 0; i < found.islands.size(); ++i) {
    const SampleBlock& block = found.islands[i];
    const bool fits = block.run == i / islands &&
                      block.island == plan_.islands().first + i % islands &&
                      block.parameters.size() == draws * parameters && block.loss.size() == draws &&
                      block.phase.size() == draws && block.hull_phase.size() == draws &&
                      block.statistics.size() == (plan_.is_markov() ? draws : 0);
    if (!fits)
      throw std::logic_error(
          fmt::format("island {} of run {} does not fit the plan", i % islands, i / islands));
  }
}

void SampleResultWriter::put_wall_seconds(double seconds) {
  kgon::put_wall_seconds(*file_, seconds);
}

void SampleResultWriter::finish(const SampleFindings& found) {
  check(found);
  write_sample_arrays(*file_, plan_, metadata_, found);
  file_->close();
  verify_written(part_.part(), std::nullopt, plan_.islands().count);
  part_.publish();
}

}  // namespace kgon
