#include "io/llc_result.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/part_file.hpp"
#include "io/verify.hpp"

namespace kgon {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{32} << 20;

std::size_t bytes_of(const LlcBlock& block) {
  return block.estimates.size() * sizeof(LlcEstimate) + block.chains.size() * sizeof(ChainRow) +
         block.losses.size() * sizeof(double);
}

// Adds `more`, whose first site follows the last one of `block`, but for its losses.
void append(LlcBlock& block, const LlcBlock& more) {
  block.estimates.insert(block.estimates.end(), more.estimates.begin(), more.estimates.end());
  block.chains.insert(block.chains.end(), more.chains.begin(), more.chains.end());
}

}  // namespace

std::uint64_t llc_writer_bytes(const LlcPlan& plan) {
  // The blocks, their joined run and one column of it.
  return 3 * std::uint64_t{buffer_bytes} + plan.sites.size() / 8;
}

class LlcResultWriter::Implementation {
 public:
  Implementation(std::string path, const ExpandedLlc& expanded, const ResultMetadata& metadata,
                 LlcPurpose purpose);
  void write(LlcBlock&& block);
  void put_wall_seconds(double seconds) { kgon::put_wall_seconds(*file_, seconds); }
  bool is_complete() const { return written_ == has_come_.size(); }
  void finish(const std::vector<std::int8_t>& recommended, const std::vector<std::string>& reasons);

 private:
  void take(const LlcBlock& block);
  void flush();
  void put_estimates(const LlcBlock& block);
  void put_chains(const LlcBlock& block);
  void put_losses(const LlcBlock& block);

  // One value per row of the block.
  template <class T, class Row, class Get>
  void put(int variable, const Slab& slab, const std::vector<Row>& rows, Get get) {
    std::vector<T> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(static_cast<T>(get(row)));
    file_->write(variables_.group, variable, slab, values.data());
  }

  const std::size_t chains_, draws_;  // losses per chain that are kept
  std::vector<bool> has_come_;        // by site
  std::size_t written_ = 0;
  PartFile part_;
  std::optional<NetcdfFile> file_;
  LlcVariables variables_;
  std::map<std::size_t, LlcBlock> pending_;  // by first site
  std::size_t pending_bytes_ = 0;
};

LlcResultWriter::Implementation::Implementation(std::string path, const ExpandedLlc& expanded,
                                                const ResultMetadata& metadata, LlcPurpose purpose)
    : chains_(expanded.plan.chains),
      draws_(expanded.plan.keep_losses ? expanded.plan.groups.at(0).draws : 0),
      has_come_(expanded.plan.sites.size(), false),
      part_(std::move(path), llc_file_bytes(expanded, metadata)) {
  file_.emplace(NetcdfFile::create(part_.part()));
  variables_ = define_llc_result(*file_, expanded, metadata, purpose);
}

void LlcResultWriter::Implementation::take(const LlcBlock& block) {
  const std::size_t sites = block.estimates.size();
  if (sites > has_come_.size() || block.first_site > has_come_.size() - sites ||
      block.chains.size() != sites * chains_ || block.losses.size() != sites * chains_ * draws_)
    throw std::logic_error(fmt::format(
        "a block of {} sites from {} on has another size than the plan", sites, block.first_site));
  for (std::size_t site = block.first_site; site < block.first_site + sites; ++site) {
    if (has_come_[site]) throw std::logic_error(fmt::format("site {} came twice", site));
    has_come_[site] = true;
  }
  written_ += sites;
}

void LlcResultWriter::Implementation::write(LlcBlock&& block) {
  take(block);
  if (block.estimates.empty()) return;
  pending_bytes_ += bytes_of(block);
  const std::size_t first = block.first_site;
  pending_.emplace(first, std::move(block));
  if (pending_bytes_ >= buffer_bytes) flush();
}

// Neighbours are written together: a call for each block and variable would take longer than the
// chains of short runs. Losses are not, as they would take their memory twice.
void LlcResultWriter::Implementation::flush() {
  for (const auto& [first, block] : pending_) put_losses(block);
  for (auto next = pending_.begin(); next != pending_.end();) {
    LlcBlock run = std::move(next->second);
    for (++next; next != pending_.end() && next->first == run.first_site + run.estimates.size();
         ++next)
      append(run, next->second);
    put_estimates(run);
    put_chains(run);
  }
  pending_.clear();
  pending_bytes_ = 0;
}

void LlcResultWriter::Implementation::put_estimates(const LlcBlock& block) {
  const std::vector<LlcEstimate>& rows = block.estimates;
  const Slab slab{{block.first_site}, {rows.size()}};
  for (std::size_t i = 0; i < variables_.estimates.size(); ++i)
    put<double>(variables_.estimates[i], slab, rows,
                [&](const LlcEstimate& row) { return row.*(estimate_columns()[i].field); });
  const auto integer = [&]<class T>(T, int variable, auto field) {
    put<T>(variable, slab, rows, [field](const LlcEstimate& row) { return row.*field; });
  };
  integer(PhaseCode{}, variables_.phase, &LlcEstimate::phase);
  integer(std::int8_t{}, variables_.verdict, &LlcEstimate::verdict);
  integer(std::int32_t{}, variables_.signs, &LlcEstimate::signs);
  integer(std::int64_t{}, variables_.chains_used, &LlcEstimate::chains_used);
  integer(std::int64_t{}, variables_.dropped_below, &LlcEstimate::dropped_below);
  integer(std::int64_t{}, variables_.dropped_failed, &LlcEstimate::dropped_failed);
}

void LlcResultWriter::Implementation::put_chains(const LlcBlock& block) {
  const std::vector<ChainRow>& rows = block.chains;
  const Slab slab{{block.first_site, 0}, {block.estimates.size(), chains_}};
  for (std::size_t i = 0; i < variables_.chains.size(); ++i)
    put<double>(variables_.chains[i], slab, rows,
                [&](const ChainRow& row) { return row.*(chain_columns()[i].field); });
  put<std::int8_t>(variables_.status, slab, rows, [](const ChainRow& row) { return row.status; });
  put<std::int8_t>(variables_.use, slab, rows, [](const ChainRow& row) { return row.use; });
  put<std::int64_t>(variables_.failed_step, slab, rows, [](const ChainRow& row) {
    return row.status == MemberStatus::ok ? -1 : static_cast<std::int64_t>(row.failed_step);
  });
}

void LlcResultWriter::Implementation::put_losses(const LlcBlock& block) {
  if (draws_ == 0) return;
  file_->write(variables_.group, variables_.losses,
               {{block.first_site, 0, 0}, {block.estimates.size(), chains_, draws_}},
               block.losses.data());
}

void LlcResultWriter::Implementation::finish(const std::vector<std::int8_t>& recommended,
                                             const std::vector<std::string>& reasons) {
  if (!is_complete())
    throw std::logic_error(
        fmt::format("the result has {} of {} sites", written_, has_come_.size()));
  const std::size_t cells = variables_.recommended >= 0 ? has_come_.size() : 0;
  if (recommended.size() != cells || reasons.size() != cells)
    throw std::logic_error("a recommendation for another number of sites");
  flush();
  if (cells > 0) {
    file_->write(variables_.group, variables_.recommended, {{0}, {cells}}, recommended.data());
    file_->write_strings(variables_.group, variables_.reason, {{0}, {cells}}, reasons);
  }
  file_->close();
  verify_written(part_.part(), std::nullopt, has_come_.size());
  part_.publish();
}

LlcResultWriter::LlcResultWriter(std::string path, const ExpandedLlc& expanded,
                                 const ResultMetadata& metadata, LlcPurpose purpose)
    : implementation_(
          std::make_unique<Implementation>(std::move(path), expanded, metadata, purpose)) {}

LlcResultWriter::~LlcResultWriter() = default;

void LlcResultWriter::write(LlcBlock&& block) {
  implementation_->write(std::move(block));
}

bool LlcResultWriter::is_complete() const {
  return implementation_->is_complete();
}

void LlcResultWriter::put_wall_seconds(double seconds) {
  implementation_->put_wall_seconds(seconds);
}

void LlcResultWriter::finish(const std::vector<std::int8_t>& recommended,
                             const std::vector<std::string>& reasons) {
  implementation_->finish(recommended, reasons);
}

}  // namespace kgon
