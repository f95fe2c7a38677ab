# SPDX-License-Identifier: Apache-2.0
# The flags that make a mistake in memory hard to use, as far as this compiler, linker and processor know them.
# tests/hardening.sh looks whether the built programs have them.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# The last two, x86's and ARM's, restrict the targets of jumps and returns. clang only warns of the other processor's flag.
set(CMAKE_REQUIRED_FLAGS -Werror)
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
  string(MAKE_C_IDENTIFIER "takes${flag}" takes)
  check_c_compiler_flag(${flag} ${takes})
  if(${takes})
    list(APPEND hardening_options ${flag})
  endif()
endforeach()
unset(CMAKE_REQUIRED_FLAGS)

foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  string(MAKE_C_IDENTIFIER "links${flag}" links)
  check_linker_flag(C ${flag} ${links})
  if(${links})
    list(APPEND hardening_link_options ${flag})
  endif()
endforeach()

# Level 3 checks sizes that are computed; a libc without level 3 warns. Levels 2 and 3 need an optimizer. Builds with sanitizers
# have neither, since sanitizers check by themselves.
set(CMAKE_REQUIRED_FLAGS "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror")
check_c_source_compiles("#include <stdio.h>\nint main(void) { return 0; }" takes_fortify_3)
unset(CMAKE_REQUIRED_FLAGS)
set(fortify_level 2)
if(takes_fortify_3)
  set(fortify_level 3)
endif()
if(NOT COPYFLEET_SANITIZE AND NOT COPYFLEET_FUZZ)
  list(APPEND hardening_options
    $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE>
    $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-D_FORTIFY_SOURCE=${fortify_level}>)
endif()
