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
      file_(std::make_unique<NetcdfFile>(NetcdfFile::create(part_.part()))) {
  if (plan_.draws > 0) draws_.emplace(*file_, plan_);
}

SampleResultWriter::~SampleResultWriter() = default;

void SampleResultWriter::check(const SampleFindings& found) const {
  const std::size_t runs = plan_.runs.size(), islands = plan_.islands().count;
  if (found.islands.size() != runs * islands || found.estimates.size() != runs)
    throw std::logic_error(fmt::format("{} islands and {} estimates for {} runs of {} islands",
                                       found.islands.size(), found.estimates.size(), runs,
                                       islands));
  if (written_ != found.islands.size())
    throw std::logic_error(
        fmt::format("{} of {} islands have been written", written_, found.islands.size()));
  for (std::size_t i = 0; i < found.islands.size(); ++i)
    if (found.islands[i].run != i / islands ||
        found.islands[i].island != plan_.islands().first + i % islands)
      throw std::logic_error(
          fmt::format("island {} of run {} is not in its place", i % islands, i / islands));
}

void SampleResultWriter::write(const SampleBlock& block) {
  if (draws_) draws_->write(block);
  ++written_;
}

void SampleResultWriter::read_draws(SampleBlock& block) const {
  if (draws_) draws_->read(block);
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
