# SPDX-License-Identifier: Apache-2.0
# A floor is a folder of modules with one static library. Its headers are included as "floor/module.h", and a link in the
# build tree holds the headers of that floor alone, so that an include of a floor that was not named does not compile.

set(warnings -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror)

function(set_build_flags target)
  # Assertions stay on in every build type.
  target_compile_options(${target} PRIVATE ${warnings} -UNDEBUG -fno-common ${hardening_options})
  target_link_options(${target} PUBLIC ${hardening_link_options})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE COPYFLEET_VERSION="${PROJECT_VERSION}")
  if(COPYFLEET_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(COPYFLEET_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${COPYFLEET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${COPYFLEET_SANITIZE})
  endif()
endfunction()

function(add_floor name folder)
  cmake_parse_arguments(FLOOR "" "" "FLOORS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  add_library(${name} STATIC ${sources})
  set_build_flags(${name})

  set(include ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${include}/${name} SYMBOLIC)
  target_include_directories(${name} PRIVATE ${include} INTERFACE ${include})
  target_link_libraries(${name} PRIVATE ${FLOOR_FLOORS} ${FLOOR_LIBRARIES})
endfunction()

function(add_program name source)
  cmake_parse_arguments(PROGRAM "" "" "FLOORS" ${ARGN})
  add_executable(${name} ${source})
  if(COPYFLEET_SANITIZE STREQUAL "thread")
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/tsan/c11_threads.c)
  endif()
  set_build_flags(${name})
  target_link_libraries(${name} PRIVATE ${PROGRAM_FLOORS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  install(TARGETS ${name})
endfunction()
