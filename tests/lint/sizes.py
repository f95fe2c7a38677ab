# SPDX-License-Identifier: Apache-2.0
"""How long functions, files and lines may be."""

import ast
import re

from files import only, strip_c

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
# In characters. C is as the formatter leaves it, its comments too; a row of a document's table is one line, however long.
WIDTHS_MAX = {".c": 120, ".h": 120, ".py": 160, ".sh": 160, ".sql": 160, ".md": 160, ".cmake": 160, ".txt": 160}
UNFORMATTED = re.compile(r"/\* clang-format off \*/.*?/\* clang-format on \*/", re.S)

C_BODY = re.compile(r"^\{\n(?:.*\n)*?\}", re.M)
SHELL_FUNCTION = re.compile(r"^(\w+)\(\) [{(]\n(?:.*\n)*?[})]$", re.M)


def c_functions(text):
    """(name, first line, lines) of each; a function begins with its head, which may take several lines."""
    text = strip_c(text)
    for body in C_BODY.finditer(text):
        head = text[: body.start()].rstrip("\n")
        head = head[max(head.rfind("\n\n"), head.rfind("}\n"), head.rfind(";\n")) + 1 :].strip("\n")
        named = re.search(r"(\w+)\s*\(", head)
        if named:
            lines = head.count("\n") + 1 + body[0].count("\n") + 1
            yield named[1], text.count("\n", 0, body.end()) + 2 - lines, lines


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def shell_functions(text):
    for found in SHELL_FUNCTION.finditer(text):
        yield found[1], text.count("\n", 0, found.start()) + 1, found[0].count("\n") + 1


READERS = {".c": c_functions, ".h": c_functions, ".py": python_functions, ".sh": shell_functions}


def check_functions(files):
    for ending, read in READERS.items():
        for path, text in only(files, ending).items():
            for name, line, lines in read(text):
                if lines > FUNCTION_LINES_MAX:
                    yield f"{path}:{line}: {name}() has {lines} lines, more than {FUNCTION_LINES_MAX}"


def check_files(files):
    for path, text in only(files, ".c", ".h", ".py", ".sh", ".sql").items():
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            yield f"{path}: {lines} lines, more than {FILE_LINES_MAX}"


def check_widths(files):
    for path, text in files.items():
        width = next((width for ending, width in WIDTHS_MAX.items() if path.endswith(ending)), None)
        if width is None or path == "CHANGELOG.md":  # which tells of releases that are out
            continue
        for block in UNFORMATTED.findall(text):
            text = text.replace(block, "\n" * block.count("\n"))
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > width and not (path.endswith(".md") and line.startswith("|")):
                yield f"{path}:{number}: {len(line)} characters, more than {width}"
