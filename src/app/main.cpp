#include "app/command_line.hpp"

int main(int count, char** arguments) {
  return kgon::run_command_line(count, arguments);
}
