# SPDX-License-Identifier: Apache-2.0
# One target a folder, sources listed, flags in one interface target.
option(KEYWARD_FUZZ "build the libFuzzer harnesses (clang)" OFF)
set(KEYWARD_SANITIZE "" CACHE STRING "comma-separated -fsanitize= list")
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(keyward_flags INTERFACE)
target_compile_features(keyward_flags INTERFACE cxx_std_20)
target_include_directories(keyward_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(keyward_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wnon-virtual-dtor -Wimplicit-fallthrough
  -fstack-protector-strong -fno-strict-aliasing
  # GCC 12 warns wrongly about std::string's operator+ (its bug 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
target_link_options(keyward_flags INTERFACE -Wl,-z,relro,-z,now)
if(KEYWARD_SANITIZE)
  target_compile_options(keyward_flags INTERFACE
    -fsanitize=${KEYWARD_SANITIZE} -fno-omit-frame-pointer -U_FORTIFY_SOURCE)
  target_link_options(keyward_flags INTERFACE -fsanitize=${KEYWARD_SANITIZE})
  if(KEYWARD_SANITIZE MATCHES "undefined")
    target_compile_options(keyward_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()
if(KEYWARD_FUZZ)
  target_compile_options(keyward_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# keyward_library(NAME SOURCES … PUBLIC … PRIVATE …): target keyward_NAME, alias keyward::NAME.
function(keyward_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(keyward_${name} STATIC ${arg_SOURCES})
  add_library(keyward::${name} ALIAS keyward_${name})
  target_link_libraries(keyward_${name} PUBLIC keyward_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# keyward_program(NAME SOURCES … LINK …): an executable in build/PRESET/bin.
function(keyward_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE keyward_flags ${arg_LINK})
endfunction()

# keyward_test(NAME SOURCES … LINK … [LABELS …] [TIMEOUT s]): a GoogleTest program, one ctest entry
# a test case.
include(GoogleTest)
function(keyward_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE keyward_flags ${arg_LINK} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    KEYWARD_SOURCE_DIR="${CMAKE_SOURCE_DIR}" KEYWARD_BINARY_DIR="${CMAKE_BINARY_DIR}"
    KEYWARD_TESTDATA="${CMAKE_CURRENT_SOURCE_DIR}/testdata")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()

# keyward_fuzzer(NAME SOURCES … LINK …): a libFuzzer harness, only in the fuzz preset.
function(keyward_fuzzer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  if(KEYWARD_FUZZ)
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE keyward_flags ${arg_LINK})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()
