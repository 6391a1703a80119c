# The program reads what attackers wrote: Debian's flags for releases, by default; a packager who brings its own turns them off.
option(MEDIC_HARDENING "Stack protector, FORTIFY, PIE, RELRO with BIND_NOW, CET" ON)
if(NOT MEDIC_HARDENING OR MEDIC_SANITIZE OR NOT CMAKE_BUILD_TYPE MATCHES "Rel")
  return()
endif()
# Everything, the precompiled header too, is compiled alike: a header made with -fPIC serves no file that is made with -fPIE.
add_compile_options(-fPIE -fstack-protector-strong)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-fcf-protection)
endif()
add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
add_link_options(-Wl,-z,relro,-z,now)
set(MEDIC_PROGRAM_LINK -pie)
