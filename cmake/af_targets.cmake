# What most files include, parsed once a target: it takes a quarter off the time of a build.
set(AF_PRECOMPILE <asio/any_io_executor.hpp> <asio/awaitable.hpp> <asio/co_spawn.hpp> <asio/io_context.hpp>
  <asio/post.hpp> <asio/steady_timer.hpp> <asio/use_awaitable.hpp> <fmt/format.h> <tl/expected.hpp> <algorithm> <chrono>
  <deque> <filesystem> <functional> <map> <memory> <optional> <span> <sstream> <string> <string_view> <unordered_map>
  <variant> <vector>)

# af_layer(NAME DEPENDS layers... LIBRARIES libs... [PRECOMPILE headers...] [EXCLUDE patterns...])
# One static library a folder, of every .cpp below it, that links only the layer below. A header that includes upwards
# is refused by tests/check_layers.sh.
function(af_layer name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;PRECOMPILE;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(pattern ${arg_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX ${pattern})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC af_flags ${arg_DEPENDS} ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${AF_PRECOMPILE} ${arg_PRECOMPILE})
endfunction()

# Catch2 unit tests of one folder: every *_test.cpp below it in one program, each TEST_CASE a ctest of its own. Under a
# sanitizer, where a program takes seconds to start, the cases of one source are a ctest. The program's name is the
# label.
function(af_unit_tests name)
  cmake_parse_arguments(arg "" "" "DEPENDS;PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} catch_main)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)  # the code under test keeps its own flags
  target_precompile_headers(${name} PRIVATE <catch2/catch.hpp> ${AF_PRECOMPILE} ${arg_PRECOMPILE})
  if(NOT AF_SANITIZE)
    catch_discover_tests(${name} PROPERTIES TIMEOUT 300 LABELS ${name})
    return()
  endif()
  list(TRANSFORM sources REPLACE "^.*/([^/]+)\\.cpp$" "\\1")
  list(REMOVE_DUPLICATES sources)
  foreach(source ${sources})
    add_test(NAME ${name}/${source} COMMAND ${name} --filenames-as-tags --warn NoTests "[#${source}]")
    set_tests_properties(${name}/${source} PROPERTIES TIMEOUT 600 LABELS ${name})
  endforeach()
endfunction()
