# SPDX-License-Identifier: Apache-2.0
# Builds a text file into a floor, as the NUL-terminated array that a header of it declares.

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
