# `cmake --install`: the program, the headers and a package file for find_package(kgon).
include(CMakePackageConfigHelpers)
install(TARGETS kgon RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/kgon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(kgon_headers PROPERTIES EXPORT_NAME headers)
install(TARGETS kgon_headers EXPORT kgonTargets)
set(kgon_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kgon)
install(EXPORT kgonTargets NAMESPACE kgon:: FILE kgonConfig.cmake DESTINATION ${kgon_package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/kgonConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_BINARY_DIR}/kgonConfigVersion.cmake DESTINATION ${kgon_package_dir})
