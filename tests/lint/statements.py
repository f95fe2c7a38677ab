# SPDX-License-Identifier: Apache-2.0
"""The statements that C names are files: a name that no file has ends the program that runs it."""

import re

from files import only, strip_c

FILE = re.compile(r"sql/\w+/statements/(.+)\.sql$")
CALLED = re.compile(r'\bstatement_\w+\([^,"]*,\s*"([^"]+)"')
NAME = re.compile(r'"([a-z_]+/[a-z_]+)"')


def check_statements(files):
    known = {found[1] for found in map(FILE.match, files) if found}
    folders = {name.split("/")[0] for name in known}
    for path, text in only(files, ".c").items():
        code = strip_c(text)
        named = set(CALLED.findall(code)) | {name for name in NAME.findall(code) if name.split("/")[0] in folders}
        for name in sorted(named - known):
            yield f'{path}: "{name}" is no statement of sql'
