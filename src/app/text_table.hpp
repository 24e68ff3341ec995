// Columns of text, as wide as their widest cell.
#pragma once

#include <string>
#include <vector>

namespace kgon {

enum class Align : unsigned char { left, right };

class TextTable {
 public:
  // Columns in the order of the calls; all get the same number of cells. ASCII.
  void add(std::string header, std::vector<std::string> cells, Align align = Align::right);

  // The header and a line per row, two blanks between columns, each line after `indent` blanks.
  std::string text(std::size_t indent = 0) const;

 private:
  struct Column {
    std::string header;
    std::vector<std::string> cells;
    Align align;
  };

  std::vector<Column> columns_;
};

}  // namespace kgon
