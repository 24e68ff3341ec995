// The chains of an island of the no-U-turn sampler between two launches, as bytes.
#pragma once

#include <vector>

#include "engine/byte_stream.hpp"
#include "kgon/batch/nuts_group.hpp"

namespace kgon {

// Chain by chain, so that another width of packs reads them. The group's arrays are in host memory.
template <class Model, class Real>
void put_chains(const NutsGroup<Model, Real>& group, ByteWriter& bytes) {
  constexpr int P = Model::parameters;
  const int rows = NutsRow::count(group.settings.max_depth);
  for (std::uint32_t slot = 0; slot < group.count; ++slot) {
    bytes.put(group.states[slot]);
    const auto columns = group.columns_of(slot);
    for (int row = 0; row < rows; ++row)
      for (int p = 0; p < P; ++p) bytes.put(columns.value(row, p));
    for (std::uint32_t draw = 0; draw < group.settings.draws; ++draw) {
      const std::size_t at = std::size_t{draw} * group.stride + slot;
      bytes.put(group.draws[at]);
      for (std::size_t p = 0; p < std::size_t{P}; ++p)
        bytes.put(group.parameters[(std::size_t{draw} * P + p) * group.stride + slot]);
    }
  }
}

// Reads what put_chains wrote of as many chains with as many draws. DamagedBytes.
template <class Model, class Real>
void get_chains(const NutsGroup<Model, Real>& group, ByteReader& bytes) {
  constexpr int P = Model::parameters;
  const int rows = NutsRow::count(group.settings.max_depth);
  for (std::uint32_t slot = 0; slot < group.count; ++slot) {
    bytes.get(group.states[slot]);
    const auto columns = group.columns_of(slot);
    for (int row = 0; row < rows; ++row)
      for (int p = 0; p < P; ++p) columns.set(row, p, bytes.get<Real>());
    for (std::uint32_t draw = 0; draw < group.settings.draws; ++draw) {
      const std::size_t at = std::size_t{draw} * group.stride + slot;
      bytes.get(group.draws[at]);
      for (std::size_t p = 0; p < std::size_t{P}; ++p)
        bytes.get(group.parameters[(std::size_t{draw} * P + p) * group.stride + slot]);
    }
  }
}

}  // namespace kgon
