# KGON_STATIC: a binary that needs nothing installed where it runs.
#
# Without CUDA it is fully static. With CUDA it keeps the C library shared, because the driver
# (libcuda.so.1) is loaded at run time; it then needs a glibc at least as new as the one it was
# built with. Debian has no static libnetcdf: tools/build_static_netcdf makes one from Debian's
# own source package, without remote access, so without libcurl and libxml2.
set(KGON_STATIC_NETCDF "${CMAKE_SOURCE_DIR}/build/static-netcdf" CACHE PATH
    "Where tools/build_static_netcdf put its library")
find_library(KGON_NETCDF_ARCHIVE libnetcdf.a PATHS ${KGON_STATIC_NETCDF}/lib NO_DEFAULT_PATH)
if(NOT KGON_NETCDF_ARCHIVE)
  message(FATAL_ERROR "KGON_STATIC: no ${KGON_STATIC_NETCDF}/lib/libnetcdf.a; "
                      "run tools/build_static_netcdf first")
endif()

set(archives "")
foreach(name IN ITEMS hdf5_serial_hl hdf5_serial sz aec z)
  find_library(KGON_${name}_ARCHIVE lib${name}.a REQUIRED)
  list(APPEND archives ${KGON_${name}_ARCHIVE})
endforeach()
target_include_directories(kgon_netcdf SYSTEM INTERFACE ${KGON_STATIC_NETCDF}/include)
target_link_libraries(kgon_netcdf INTERFACE
  ${KGON_NETCDF_ARCHIVE} ${archives} Threads::Threads ${CMAKE_DL_LIBS} m)

target_link_libraries(kgon_fmt INTERFACE fmt::fmt-header-only)
get_target_property(spdlog_includes spdlog::spdlog_header_only INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(kgon_spdlog SYSTEM INTERFACE ${spdlog_includes})
target_compile_definitions(kgon_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(kgon_spdlog INTERFACE fmt::fmt-header-only Threads::Threads)

if(KGON_CUDA)
  set(KGON_STATIC_LINK_OPTIONS -static-libstdc++ -static-libgcc)
else()
  set(KGON_STATIC_LINK_OPTIONS -static)
endif()
