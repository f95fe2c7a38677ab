# SPDX-License-Identifier: Apache-2.0
# Run by the build: writes OUTPUT, the C table of the .sql files below FOLDER, sorted by path.

file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*.sql)
list(SORT files)

# Each line of SQL becomes a C string literal. The comment that a statement begins with is left out, since the values that fill
# its places must not get into a comment. Each file is read whole, so that CMake does not split it at semicolons and braces.
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
