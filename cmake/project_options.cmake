# Everything each target of ours is built with, in one place: link project_options.
add_library(project_options INTERFACE)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(project_options INTERFACE
    _GNU_SOURCE CSE_VERSION="${PROJECT_VERSION}")
target_compile_options(project_options INTERFACE
    -Wall -Wextra -Wpedantic
    -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align
    -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wredundant-decls
    -Wswitch-enum -Wundef -Wvla -Wwrite-strings -Wdouble-promotion -Wimplicit-fallthrough
    $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wno-format-truncation>
    -fstack-protector-strong -fno-common
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)

# Assertions stay on in every build: a wrong program must stop, not spread its mistake.
foreach(config RELEASE RELWITHDEBINFO MINSIZEREL)
    string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${config} "${CMAKE_C_FLAGS_${config}}")
endforeach()

if(CSE_SANITIZE)
    target_compile_options(project_options INTERFACE
        -fsanitize=${CSE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(project_options INTERFACE -fsanitize=${CSE_SANITIZE})
endif()

# cse_library(proto_record LINKS proto_base): every .c file of the folder, or those of SOURCES.
function(cse_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    if(NOT arg_SOURCES)
        file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    endif()
    if(NOT arg_SOURCES)
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${arg_LINKS})
        return()
    endif()
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE project_options)
endfunction()
