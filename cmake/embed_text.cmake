# SPDX-License-Identifier: Apache-2.0
# Run by the build: writes OUTPUT, the C file that defines ARRAY as the text of FILE. HEADER declares ARRAY.

file(READ ${FILE} text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n    \"" text "${text}")

file(WRITE ${OUTPUT} "/* Generated from a text file: edit that. */
#include \"${HEADER}\"

const char ${ARRAY}[] =
    \"${text}\";
")
