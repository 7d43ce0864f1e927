# Flags every target shares, as the interface library af_flags.
option(AF_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" ON)
set(AF_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")

find_program(AF_CCACHE ccache)
if(AF_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache reuses objects built with a precompiled header only when told that its defines and times are harmless.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${AF_CCACHE})
endif()

find_package(Threads REQUIRED)
add_library(af_flags INTERFACE)
target_link_libraries(af_flags INTERFACE Threads::Threads)
target_include_directories(af_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(af_flags INTERFACE ASIO_NO_DEPRECATED ASIO_NO_TYPEID
  # Asio 1.22 decides by what was included before it, and files that decided otherwise free what they did not allocate.
  ASIO_HAS_STD_ALIGNED_ALLOC=1)
target_compile_options(af_flags INTERFACE -Wall -Wextra -Wpedantic $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>
  -Wnon-virtual-dtor -Wimplicit-fallthrough
  -fstack-protector-strong $<$<BOOL:${AF_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # ccache needs this to see through a GCC precompiled header.
  target_compile_options(af_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess> -fstack-clash-protection)
  # GCC 12 sees overflows in its own std::string (bugs 105329 and 105651), and takes Asio's coroutine frames for
  # mismatched.
  target_compile_options(af_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds -Wno-mismatched-new-delete>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(af_flags INTERFACE -fcf-protection)
  endif()
else()
  # Clang 16 keeps the address of a thread_local across a suspension, after which another thread runs the coroutine
  # (LLVM issue 63022): Asio's are reached by a call instead.
  target_compile_definitions(af_flags INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1
    ASIO_DISABLE_THREAD_KEYWORD_EXTENSION)
endif()
if(AF_SANITIZE)
  target_compile_options(af_flags INTERFACE -fsanitize=${AF_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(af_flags INTERFACE -fsanitize=${AF_SANITIZE})
else()
  target_compile_options(af_flags INTERFACE $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
endif()
target_link_options(af_flags INTERFACE -pie -Wl,-z,relro,-z,now)
