// Sites gathered into groups, without duplicates.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "kgon/engine/llc_plan.hpp"

namespace kgon {

// Hash of a site's point: [parameters], data set (all zero for the population) and numbers.
std::uint64_t site_identity(const double* point, std::size_t parameters, const DataSource& data,
                            const LlcSite& site);

// Takes sites in any order and puts them into the plan group by group.
class LlcGroups {
 public:
  // `plan`, whose shape is set and whose points are there when add() needs them, must live longer.
  explicit LlcGroups(LlcPlan& plan) : plan_(plan) {}

  // Index of the group like `group`, whose site range does not count; made where it is new.
  std::size_t group(const LlcGroup& group);
  // Index of the data set in LlcPlan::data; made where it is new.
  std::uint32_t data(const DataSource& source);

  // Adds the site unless there is its equal: the same settings, point and identity, which it fills
  // in. Returns whether it was new.
  bool add(std::size_t group, LlcSite site);

  std::size_t size() const { return sites_.size(); }
  // Moves groups and sites into the plan.
  void finish();

 private:
  using Hash128 = std::array<std::uint64_t, 2>;
  struct FirstWord {
    std::size_t operator()(const Hash128& hash) const { return hash[0]; }
  };
  struct Entry {
    std::uint32_t group;
    LlcSite site;
  };

  LlcPlan& plan_;
  std::vector<LlcGroup> groups_;
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> group_index_;  // settings, samples
  std::map<std::tuple<std::uint64_t, std::uint64_t, Purpose>, std::uint32_t> data_index_;
  std::vector<Entry> sites_;
  std::unordered_set<Hash128, FirstWord> seen_;
};

}  // namespace kgon
