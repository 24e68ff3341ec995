#include "app/program_build.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstddef>
#include <cstring>

namespace kgon {
namespace {

std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

// The build id among the notes of one segment, or nothing.
std::string build_id(const char* notes, std::size_t size) {
  ElfW(Nhdr) note;
  for (std::size_t at = 0; at + sizeof note <= size;) {
    std::memcpy(&note, notes + at, sizeof note);
    const char* name = notes + at + sizeof note;
    const char* id = name + padded(note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && std::strcmp(name, ELF_NOTE_GNU) == 0) {
      std::string text;
      for (std::size_t i = 0; i < note.n_descsz; ++i)
        text += fmt::format("{:02x}", static_cast<unsigned char>(id[i]));
      return text;
    }
    at += sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
  }
  return "";
}

// The first object is the program itself.
int look_at_program(dl_phdr_info* info, std::size_t, void* found) {
  for (int k = 0; k < info->dlpi_phnum; ++k) {
    const auto& header = info->dlpi_phdr[k];
    if (header.p_type != PT_NOTE) continue;
    const auto* notes = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    const std::string id = build_id(notes, header.p_memsz);
    if (!id.empty()) *static_cast<std::string*>(found) = id;
  }
  return 1;
}

}  // namespace

std::string program_build() {
  std::string build = KGON_VERSION;
  dl_iterate_phdr(look_at_program, &build);
  return build;
}

}  // namespace kgon
