// A group of a result that was just written.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "io/netcdf_file.hpp"

namespace kgon::test {

class GroupReader {
 public:
  GroupReader(const std::string& path, const std::string& group)
      : file_(NetcdfFile::open(path)), group_(file_.find_group(group)) {}

  // All of a variable, whose type has to be T's.
  template <class T>
  std::vector<T> values(const std::string& name) const {
    const NetcdfVariable variable = file_.find_variable(group_, name);
    EXPECT_EQ(variable.type, netcdf_type<T>()) << name;
    const Slab all{std::vector<std::size_t>(variable.dimensions.size(), 0), variable.shape()};
    if constexpr (std::is_same_v<T, std::string>) {
      return file_.read_strings(group_, variable.id, all);
    } else {
      std::vector<T> values(variable.elements());
      file_.read(group_, variable.id, all, values.data());
      return values;
    }
  }
  std::vector<std::string> strings(const std::string& name) const {
    return values<std::string>(name);
  }
  bool has(const std::string& name) const { return file_.has_variable(group_, name); }

  // Attributes of the group, and the text ones of a variable.
  std::optional<double> attribute(const std::string& name) const {
    return file_.find_real(group_, name);
  }
  std::string text(const std::string& variable, const std::string& attribute) const {
    return file_.text(group_, file_.find_variable(group_, variable).id, attribute);
  }

 private:
  NetcdfFile file_;
  int group_;
};

inline bool has_group(const std::string& path, const std::string& name) {
  for (const NetcdfFile::Group& group : NetcdfFile::open(path).groups())
    if (group.name == name) return true;
  return false;
}

}  // namespace kgon::test
