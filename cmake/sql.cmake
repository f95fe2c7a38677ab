# SPDX-License-Identifier: Apache-2.0
# Builds every .sql file below a folder into a floor, as one table of (path, text) that db/sql.c searches.

set(sql_script ${CMAKE_CURRENT_LIST_DIR}/embed_sql.cmake)

function(embed_sql target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.sql)
  set(output ${CMAKE_BINARY_DIR}/generated/sql_files.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/${folder} -DOUTPUT=${output} -P ${sql_script}
    DEPENDS ${files} ${sql_script}
    COMMENT "Embedding the SQL files"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
