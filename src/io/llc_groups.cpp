#include "io/llc_groups.hpp"

#include <algorithm>
#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kgon {

std::uint64_t site_identity(const double* point, std::size_t parameters, const DataSource& data,
                            const LlcSite& site) {
  std::vector<std::uint64_t> words;
  for (std::size_t p = 0; p < parameters; ++p)
    words.push_back(std::bit_cast<std::uint64_t>(point[p] + 0.0));  // one zero
  words.push_back(data.key);
  words.push_back(data.member);
  words.push_back(static_cast<std::uint64_t>(data.purpose));
  for (const double number : {site.nbeta, site.gamma, site.step_size, site.step_scale})
    words.push_back(std::bit_cast<std::uint64_t>(number));
  return XXH3_64bits(words.data(), words.size() * sizeof(std::uint64_t));
}

std::size_t LlcGroups::group(const LlcGroup& group) {
  const auto [entry, is_new] =
      group_index_.try_emplace({group.settings, group.samples}, groups_.size());
  if (is_new) groups_.push_back(group);
  return entry->second;
}

std::uint32_t LlcGroups::data(const DataSource& source) {
  const auto [entry, is_new] = data_index_.try_emplace(
      {source.key, source.member, source.purpose}, static_cast<std::uint32_t>(plan_.data.size()));
  if (is_new) plan_.data.push_back(source);
  return entry->second;
}

bool LlcGroups::add(std::size_t group, LlcSite site) {
  const auto parameters = static_cast<std::size_t>(plan_.shape.parameter_count());
  const DataSource none{0, 0, Purpose{}};
  const DataSource& data = groups_[group].population ? none : plan_.data[site.data];
  site.identity =
      site_identity(plan_.points.data() + site.point * parameters, parameters, data, site);
  const std::array<std::uint64_t, 3> words = {groups_[group].key, site.identity, site.point};
  const XXH128_hash_t hash = XXH3_128bits(words.data(), sizeof words);
  if (!seen_.insert({hash.low64, hash.high64}).second) return false;
  sites_.push_back({static_cast<std::uint32_t>(group), site});
  return true;
}

void LlcGroups::finish() {
  std::ranges::stable_sort(sites_, [this](const Entry& a, const Entry& b) {
    if (a.group != b.group) return a.group < b.group;
    return !groups_[a.group].population && a.site.data < b.site.data;
  });
  for (const Entry& entry : sites_) {
    LlcGroup& group = groups_[entry.group];
    if (group.site_count++ == 0) group.first_site = plan_.sites.size();
    plan_.sites.push_back(entry.site);
  }
  std::erase_if(groups_, [](const LlcGroup& group) { return group.site_count == 0; });
  plan_.groups = std::move(groups_);
  sites_.clear();
  seen_.clear();
}

}  // namespace kgon
