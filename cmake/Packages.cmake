# `cmake --install` and `cpack`: the programs, their manual, completions, licence and news; a Debian package that lintian passes.
include(GNUInstallDirs)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/seccomp-medic)
# Installing builds no tests: what it needs is the target `product`.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS seccomp-medic RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS scripts/snapshot-containers DESTINATION ${CMAKE_INSTALL_DATADIR}/seccomp-medic)  # to be copied to machines
install(FILES packaging/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME seccomp-medic)
install(FILES completions/seccomp-medic.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME seccomp-medic)
install(FILES completions/_seccomp-medic DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES completions/seccomp-medic.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md DESTINATION ${doc})
if(EXISTS ${CMAKE_SOURCE_DIR}/share)
  install(DIRECTORY share/ DESTINATION ${CMAKE_INSTALL_DATADIR})
endif()

# Debian wants manual, news and changelog compressed, without a date in them: the same source gives the same package.
find_program(GZIP gzip REQUIRED)
function(medic_compressed file target folder)
  set(made ${CMAKE_BINARY_DIR}/compressed/${target}.gz)
  add_custom_command(OUTPUT ${made} COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/compressed
                     COMMAND ${GZIP} -9nc ${CMAKE_SOURCE_DIR}/${file} > ${made} DEPENDS ${CMAKE_SOURCE_DIR}/${file} VERBATIM)
  set_property(GLOBAL APPEND PROPERTY medic_compressed ${made})
  install(FILES ${made} DESTINATION ${folder})
endfunction()
foreach(section 1 5 7)
  file(GLOB pages CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} man/*.${section})
  foreach(page ${pages})
    get_filename_component(name ${page} NAME)
    medic_compressed(${page} ${name} ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
endforeach()
medic_compressed(NEWS.md NEWS ${doc})
medic_compressed(packaging/debian/changelog changelog ${doc})
install(FILES packaging/debian/copyright DESTINATION ${doc})
get_property(made GLOBAL PROPERTY medic_compressed)
add_custom_target(manual DEPENDS ${made})
# What an installation needs; scripts/build makes it.
add_custom_target(product DEPENDS seccomp-medic seccomp-medic-capture manual)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME seccomp-medic)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The seccomp-medic authors <seccomp-medic@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "jq")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "says which system calls were denied, and fixes the seccomp profile
Reads audit logs, kernel logs, strace output and other recordings, and says
who was denied which system call, by which layer and why. It writes the
seccomp profile that fixes it: the smallest change that the evidence asks
for, as a diff, proven on the program that libseccomp makes of it.

Nothing is traced live: logs in, answer out.")
set(CPACK_COMPONENTS_ALL_IN_ONE_PACKAGE ON)
include(CPack)
