# medic_library(NAME FOLDER DEPS a b LINK x y PRIVATE z): one static library of the
# folder's own *.cc files (not of its subfolders, except rules/).
# DEPS are our own libraries; LINK is outside code that our headers show, PRIVATE what only our .cc files use.
set(MEDIC_WARNINGS -Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND MEDIC_WARNINGS -Wshadow=local)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bugs 105329 and 105651: the standard library's own code is wrongly reported at -O2 and above.
  list(APPEND MEDIC_WARNINGS -Wno-restrict -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(MEDIC_WERROR)
  list(APPEND MEDIC_WARNINGS -Werror)
endif()
if(MEDIC_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(MEDIC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_compile_options(${MEDIC_WARNINGS})

# What nearly every file includes is parsed once: more than half of a clean build went into it.
file(WRITE ${CMAKE_BINARY_DIR}/medic_pch.cc "")
add_library(medic_pch OBJECT ${CMAKE_BINARY_DIR}/medic_pch.cc)
target_link_libraries(medic_pch PUBLIC fmt::fmt tl::expected)
target_precompile_headers(medic_pch PRIVATE
  <algorithm> <array> <bit> <charconv> <cstdint> <cstring> <deque> <functional> <limits> <map> <memory> <numeric> <optional> <set> <span>
  <string> <string_view> <tuple> <unordered_map> <utility> <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)  # ccache needs it to see through the precompiled header
endif()

function(medic_library name folder)
  cmake_parse_arguments(ARG "" "" "DEPS;LINK;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc ${folder}/rules/*.cc)
  list(FILTER sources EXCLUDE REGEX "src/main\\.cc$")
  set(target medic_${name})
  list(TRANSFORM ARG_DEPS PREPEND medic_ OUTPUT_VARIABLE deps)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC ${deps} ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
    target_precompile_headers(${target} REUSE_FROM medic_pch)
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${deps} ${ARG_LINK})
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  endif()
endfunction()
