# Libraries from the system; nothing is downloaded.
find_package(Threads REQUIRED)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
find_package(CLI11 2.1 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(nlohmann_json 3 REQUIRED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
# Header-only in the one file that uses it.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)

# kgon_fmt, kgon_spdlog, kgon_netcdf: the libraries that Debian has as shared objects.
add_library(kgon_fmt INTERFACE)
add_library(kgon_spdlog INTERFACE)
add_library(kgon_netcdf INTERFACE)
if(KGON_STATIC)
  include(KgonStatic)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(NETCDF REQUIRED IMPORTED_TARGET netcdf)
  target_link_libraries(kgon_fmt INTERFACE fmt::fmt)
  target_link_libraries(kgon_spdlog INTERFACE spdlog::spdlog)
  target_link_libraries(kgon_netcdf INTERFACE PkgConfig::NETCDF)
endif()
