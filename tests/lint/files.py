# SPDX-License-Identifier: Apache-2.0
"""The repository's files as the rules see them: a dict from a file's path to its text."""

import io
import re
import subprocess
import tokenize

# What others wrote, or a program did: inputs of the fuzzers, vectors, and ledgers that older versions left.
FOREIGN = re.compile(r"tests/fuzz/(corpus|dictionaries)/|tests/unit/vectors/|tests/integration/ledgers/")


def read_repository():
    """The files that git knows or would add. Raises if there are none: a rule that looked at nothing has not passed."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    found = {}
    for path in listed:
        if not path or FOREIGN.match(path):
            continue
        try:
            with open(path, encoding="utf-8") as file:
                found[path] = file.read()
        except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
            continue  # deleted and not committed yet, or no text
    assert found, "git lists no files here"
    return found


def only(files, *endings):
    return {path: text for path, text in files.items() if path.endswith(endings)}


def blank(text):
    """As many lines, and nothing in them."""
    return "\n" * text.count("\n")


C_PIECES = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

C_TEXTS = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')


def strip_c(text):
    """C without comments and preprocessor lines, on the same lines."""
    text = C_PIECES.sub(lambda piece: blank(piece[0]) if piece[0].startswith("/") else piece[0], text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda line: blank(line[0]), text, flags=re.M)


def c_comments(text):
    return [(text.count("\n", 0, piece.start()) + 1, piece[0]) for piece in C_PIECES.finditer(text) if piece[0].startswith("/")]


def c_sentences(text):
    """Texts of more than one word. Those that stand beside each other are one; so are the lines of a macro."""
    text = C_PIECES.sub(lambda piece: blank(piece[0]) if piece[0].startswith("/") else piece[0], text).replace("\\\n", " \n")
    found = ((text.count("\n", 0, each.start()) + 1, re.sub(r'"\s*"', "", each[0])) for each in C_TEXTS.finditer(text))
    return [(line, said) for line, said in found if " " in said]


def line_comments(text, sign):
    pattern = re.compile(rf"(?:^|\s){sign}\s(.*)")
    found = ((number, pattern.search(line)) for number, line in enumerate(text.splitlines(), 1))
    return [(number, comment[1]) for number, comment in found if comment]


def python_comments(text):
    """Comments, and the texts that stand alone as statements: docstrings."""
    found, begins_statement = [], True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and begins_statement):
            found.append((token.start[0], token.string))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            begins_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    return found


def prose(text):
    """A document's lines without code: blocks, and what stands between backquotes."""
    text = re.sub(r"^```.*?^```", lambda block: blank(block[0]), text, flags=re.M | re.S)
    text = re.sub(r"`[^`]*`", lambda code: blank(code[0]) or "…", text)
    return list(enumerate(text.splitlines(), 1))


def read_words(path, text):
    """What a file says to people, as (line, text)."""
    if path.endswith((".c", ".h")):
        return c_comments(text) + ([] if path.startswith("tests/") else c_sentences(text))
    if path.endswith(".sql"):
        return line_comments(text, "--")
    if path.endswith(".py"):
        return python_comments(text)
    if path.endswith((".sh", ".cmake", "CMakeLists.txt")):
        return line_comments(text, "#")
    return prose(text) if path.endswith(".md") or "/usage/" in path else []
