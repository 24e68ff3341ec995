#include "app/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kgon {

void TextTable::add(std::string header, std::vector<std::string> cells, Align align) {
  columns_.push_back({std::move(header), std::move(cells), align});
}

std::string TextTable::text(std::size_t indent) const {
  if (columns_.empty()) return "";
  std::vector<std::string> lines(columns_.front().cells.size() + 1, std::string(indent, ' '));
  const char* gap = "";
  for (const Column& column : columns_) {
    std::size_t width = column.header.size();
    for (const std::string& cell : column.cells) width = std::max(width, cell.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string& cell = i == 0 ? column.header : column.cells[i - 1];
      lines[i] += column.align == Align::left ? fmt::format("{}{:<{}}", gap, cell, width)
                                              : fmt::format("{}{:>{}}", gap, cell, width);
    }
    gap = "  ";
  }
  std::string out;
  for (const std::string& line : lines)
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  return out;
}

}  // namespace kgon
