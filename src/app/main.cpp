#include <cstdio>
#include <cstdlib>

#include "app/command_line.hpp"
#include "io/netcdf_file.hpp"

int main(int count, char** arguments) {
  const int status = kgon::run_command_line(count, arguments);
  if (kgon::NetcdfFile::is_any_left_open()) {
    std::fflush(nullptr);
    std::_Exit(status);
  }
  return status;
}
