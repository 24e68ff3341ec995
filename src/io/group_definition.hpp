// Defining the variables of a result's group: coordinates, units, fill values and flags.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "io/digest.hpp"
#include "io/netcdf_file.hpp"
#include "kgon/core/phase_code.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Names of the values of an integer variable, as CF writes them.
template <class Code>
struct Flags {
  std::vector<Code> values;
  std::string meanings;  // separated by blanks

  void add(Code value, const std::string& meaning) {
    values.push_back(value);
    meanings += (meanings.empty() ? "" : " ") + meaning;
  }
};

// `other` and the labels of the catalogue.
Flags<PhaseCode> level_flags(const tms::PhaseLevels& levels);

// `other` and every W_{k,sigma}: hull vertices and positive biases of so many features.
Flags<PhaseCode> hull_flags(int features);

// The values of MemberStatus.
void add_status_flags(Flags<std::int8_t>& flags);

// Defines a group; values that are known now are written by finish(), once all variables are
// defined (switching between the two modes is slow in HDF5). Both throw IoError.
class GroupDefinition {
 public:
  // `file` must live longer.
  GroupDefinition(NetcdfFile& file, const std::string& name);
  GroupDefinition(const GroupDefinition&) = delete;
  GroupDefinition& operator=(const GroupDefinition&) = delete;

  int id() const { return group_; }

  // A variable that is written later; the fill value of floating point is NaN.
  int define(const std::string& name, nc_type type, const std::vector<int>& dimensions,
             const std::string& long_name, const std::string& units = "");

  // A dimension with its variable first, first + 1, ...; returns the dimension.
  int coordinate(const std::string& name, std::size_t length, std::uint64_t first,
                 const std::string& long_name);
  // A dimension of phases, whose variable has their codes, with their labels in NAME_label.
  int phase_coordinate(const std::string& name, const std::vector<PhaseCode>& codes,
                       const std::string& long_name);
  // The dimensions hidden and feature of W.
  std::pair<int, int> point_coordinates(const ModelShape& shape);

  // A variable that is known now. T: a number or std::string.
  template <class T>
  int add(const std::string& name, const std::vector<int>& dimensions,
          const std::vector<std::size_t>& shape, std::vector<T> values,
          const std::string& long_name, const std::string& units = "") {
    const int variable = define(name, netcdf_type<T>(), dimensions, long_name, units);
    later_.push_back([this, variable, values = std::move(values),
                      slab = Slab{std::vector<std::size_t>(shape.size(), 0), shape}] {
      if constexpr (std::is_same_v<T, std::string>) {
        file_.write_strings(group_, variable, slab, values);
      } else {
        file_.write(group_, variable, slab, values.data());
      }
    });
    return variable;
  }

  // One with a value per index of a single dimension, written in pieces: there may be many.
  template <class T, class Get>
  int add_each(const std::string& name, int dimension, std::size_t length, Get get,
               const std::string& long_name, const std::string& units = "") {
    const int variable = define(name, netcdf_type<T>(), {dimension}, long_name, units);
    later_.push_back([this, variable, length, get = std::move(get)] {
      for_each_piece(length, [&](std::size_t first, std::size_t count) {
        std::vector<T> values;
        for (std::size_t i = first; i < first + count; ++i)
          values.push_back(static_cast<T>(get(i)));
        if constexpr (std::is_same_v<T, std::string>) {
          file_.write_strings(group_, variable, {{first}, {count}}, values);
        } else {
          file_.write(group_, variable, {{first}, {count}}, values.data());
        }
      });
    });
    return variable;
  }

  // Runs with finish(), in the order of the calls.
  void write_later(std::function<void()> write) { later_.push_back(std::move(write)); }

  void put_text(int variable, const std::string& name, const std::string& text) {
    file_.put_text(group_, variable, name, text);
  }
  template <class T>
  void put_value(int variable, const std::string& name, T value) {
    file_.put_value(group_, variable, name, value);
  }
  template <class Code>
  void put_flags(int variable, const Flags<Code>& flags) {
    file_.put_values<Code>(group_, variable, "flag_values", flags.values);
    put_text(variable, "flag_meanings", flags.meanings);
  }
  // Of a variable whose bits mean something each (CF conventions 1.10, section 3.5).
  template <class Code>
  void put_masks(int variable, const Flags<Code>& flags) {
    file_.put_values<Code>(group_, variable, "flag_masks", flags.values);
    put_text(variable, "flag_meanings", flags.meanings);
  }
  // A byte that xarray reads as a truth value.
  int define_boolean(const std::string& name, const std::vector<int>& dimensions,
                     const std::string& long_name);

  // Marks a group whose values follow from the study and the other groups: the digest of the file
  // leaves it out.
  void mark_derived() { put_value(NC_GLOBAL, derived_mark, std::int32_t{1}); }

  // Ends the definitions of the file and writes; before that the values of `earlier`, whose
  // finish() is left out then.
  void finish(GroupDefinition* earlier = nullptr);

 private:
  void write();
  static void for_each_piece(std::size_t length,
                             const std::function<void(std::size_t, std::size_t)>& visit);

  NetcdfFile& file_;
  const int group_;
  std::vector<std::function<void()>> later_;
};

}  // namespace kgon
