# SPDX-License-Identifier: Apache-2.0
# Run by the build: writes OUTPUT, the C table of the .sql files below FOLDER, sorted by path.

file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*.sql)
list(SORT files)

# A C string literal a line of SQL, but for the comment that a statement begins with: what fills its places must not get into that. The braces and semicolons of CMake's lists are kept out of the way by reading the file whole.
set(rows "")
foreach(path IN LISTS files)
  file(READ ${FOLDER}/${path} text)
  if(path MATCHES "/statements/")
    string(REGEX REPLACE "^(--[^\n]*\n)+" "" text "${text}")
  endif()
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
  string(APPEND rows "    {\"${path}\",\n     \"${text}\"},\n")
endforeach()

file(WRITE ${OUTPUT} "/* Generated from the .sql files: edit those. */
#include \"db/sql.h\"

const SqlFile sql_files[] = {
${rows}    {NULL, NULL},
};
")
