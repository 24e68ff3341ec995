// The groups of draws, as ArviZ has them: `posterior` and `sample_stats`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/group_definition.hpp"
#include "io/netcdf_file.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// A group with draws of the islands: a chain is an island of smc, or one of the chains of an
// island.
class DrawGroup {
 public:
  // Defines the group with its dimensions. Both must live longer. IoError, as everything here.
  DrawGroup(NetcdfFile& file, const SamplePlan& plan, const std::string& name);

  GroupDefinition& definition() { return group_; }

  // Defines a variable. get(block, run, draw, values) appends the values of a draw of the block,
  // which fill the dimensions `inner` of these lengths.
  template <class T, class Get>
  int add(const std::string& name, const std::vector<int>& inner,
          const std::vector<std::size_t>& lengths, Get get, const std::string& long_name,
          const std::string& units = "");
  template <class Get>
  void add_boolean(const std::string& name, Get get, const std::string& long_name);

  // Writes the draws of an island.
  void write(const SampleBlock& block) const;

  // Reads back a variable without inner dimensions, of the island that `block` names.
  template <class T>
  void read(int variable, const SampleBlock& block, std::vector<T>& values) const;

 private:
  Slab slab_of(const SampleBlock& block) const;
  template <class T, class Get>
  void write_with(int variable, const std::vector<std::size_t>& lengths, const Get& get,
                  const SampleBlock& block) const;

  NetcdfFile& file_;
  const SamplePlan& plan_;
  GroupDefinition group_;
  int chain_ = -1, draw_ = -1, run_ = -1;
  std::vector<std::function<void(const SampleBlock&)>> writers_;
};

// Both groups of a plan that keeps draws. Draws go into the file island by island, in any order.
class SampleDraws {
 public:
  SampleDraws(NetcdfFile& file, const SamplePlan& plan);

  // std::logic_error where the block's draws are not those of the plan.
  void write(const SampleBlock& block) const;

  // Fills in loss, phase and hull_phase of the draws of an island that has been written.
  void read(SampleBlock& block) const;

 private:
  void define_posterior();
  void define_statistics();

  const SamplePlan& plan_;
  DrawGroup posterior_, statistics_;
  int loss_ = -1, label_ = -1, hull_ = -1;
};

}  // namespace kgon
