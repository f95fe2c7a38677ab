# SPDX-License-Identifier: Apache-2.0
# Builds text files into a floor. Each is a NUL-terminated array that a header of the floor declares.

set(text_script ${CMAKE_CURRENT_LIST_DIR}/embed_text.cmake)

function(embed_text target file header array)
  set(output ${CMAKE_BINARY_DIR}/generated/${array}.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFILE=${CMAKE_SOURCE_DIR}/${file} -DHEADER=${header} -DARRAY=${array} -DOUTPUT=${output}
      -P ${text_script}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${text_script}
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

# Every text file of a folder, as the array PREFIX_NAME.
function(embed_texts target folder header prefix)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${folder}/*.txt)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    string(REPLACE "-" "_" name ${name})
    embed_text(${target} ${file} ${header} ${prefix}_${name})
  endforeach()
endfunction()
