// A library for LD_PRELOAD in which every disk has KGON_FAULT_ROOM bytes left. little_room.py
// drives it.
#include <sys/statvfs.h>

#include <cstdlib>

extern "C" int statvfs(const char*, struct statvfs* space) noexcept {
  *space = {};
  space->f_frsize = 1;
  space->f_blocks = 1'000'000'000'000;
  space->f_bavail = std::strtoull(std::getenv("KGON_FAULT_ROOM"), nullptr, 10);
  return 0;
}
