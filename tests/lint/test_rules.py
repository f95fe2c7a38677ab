# SPDX-License-Identifier: Apache-2.0
"""Each rule finds a fault that is planted, and nothing in what is right."""

import dead
import history
import names
import pytest
import sizes
import statements
import words

HEADER = "bool {}(int way) MUST_USE;\n"
CALLED = {"coordinator/main.c": '#include "line/run.h"\nint main(void)\n{\n    return run_all();\n}\n', "common/line/run.h": "int run_all(void);\n"}
LONG = "    x();\n" * 58


def found(check, files):
    return list(check(files))


@pytest.mark.parametrize("name", ["way_find", "ways_find", "road_way_find"])
def test_names_after_the_header(name):
    assert not found(names.check_prefixes, {"common/road/ways.h": HEADER.format(name)})


@pytest.mark.parametrize("text", [HEADER.format("path_find"), "static inline int find(int way)\n{\n    return way_of(way);\n}\n", "Way *waylay(void);\n"])
def test_names_after_another(text):
    assert len(found(names.check_prefixes, {"common/road/ways.h": text})) == 1


def test_private_names():
    assert not found(names.check_prefixes, {"common/road/way_private.h": HEADER.format("way_find")})


SOURCE = "bool {}(int way)\n{{\n    return way > 0;\n}}\nstatic int find(int way)\n{{\n    return way;\n}}\n"
ROAD = {"common/road/road.h": "", "common/road/path_private.h": ""}


@pytest.mark.parametrize("path, name", [("way.c", "way_find"), ("way.c", "road_open"), ("path_edges.c", "path_find_edge"), ("main.c", "main")])
def test_sources_of_a_header(path, name):
    assert not found(names.check_prefixes, ROAD | {f"common/road/{path}": SOURCE.format(name)})


@pytest.mark.parametrize("path", ["edges.c", "pathway.c"])
def test_sources_of_no_header(path):
    assert len(found(names.check_prefixes, ROAD | {f"common/road/{path}": SOURCE.format("path_find_edge")})) == 1


def test_what_is_no_declaration_has_no_name():
    text = "/* calls path_find(way); */\n#define WAY(x) path_find(x)\ntypedef bool Way(int path);\nstruct Way {\n    bool (*find)(int);\n};\n"
    assert not found(names.check_prefixes, {"common/road/way.h": text})


@pytest.mark.parametrize(
    "path, text",
    [
        ("a.c", "static int long_one(int a,\n                    int b)\n{{\n{}}}\n"),
        ("a.py", "def long_one():\n    y()\n    y()\n{}"),
        ("a.sh", "long_one() {{\n{}    y\n}}\n"),
    ],
)
def test_long_functions(path, text):
    (fault,) = found(sizes.check_functions, {path: "\n" + text.format(LONG + "\n    x();\n" * (path == "a.py"))})
    assert "long_one" in fault and f"{path}:2" in fault
    assert not found(sizes.check_functions, {path: text.format("    x();\n" * 50)})


def test_long_files_and_lines():
    assert len(found(sizes.check_files, {"a.py": "x\n" * 401, "b.c": "\n" * 400})) == 1
    assert len(found(sizes.check_widths, {"a.c": "é" * 121, "b.c": "é" * 120, "a.sql": "x" * 161, "a.md": "|" + "x" * 200})) == 2


@pytest.mark.parametrize(
    "path, text",
    [
        ("common/line/run.c", "static int unused(void)\n{\n    return 0;\n}\nint run_none(void)\n{\n    return 0;\n}\n"),
        ("common/line/walk.h", "int walk_one(void);\n"),
        ("sql/statements/walk.sql", "SELECT 1"),
        ("tests/walk.py", "x = 1\n"),
        ("deploy/walk.sh", "true\n"),
    ],
)
def test_dead_files(path, text):
    files = CALLED | {path: text}
    assert [path in each for each in found(dead.check_dead, files)] == [True]
    assert not found(dead.check_dead, files | {"tests/use.cmake": "walk run.c", "common/line/main.c": '#include "line/walk.h"\nint main(void) {}'})


@pytest.mark.parametrize(
    "call",
    [
        'statement_run(connection, "walk/begin", NO_VALUES, &result, error)',
        'statement_on(connection,\n             "wlk/end", table)',
        'static const char *const steps[] = {"walk/end", "walk/begin"}',
    ],
)
def test_statements(call):
    files = {"sql/redshift/statements/walk/end.sql": "SELECT 1", "a.c": call + ';\nx = "s3/end";\n'}
    assert len(found(statements.check_statements, files)) == 1
    assert not found(statements.check_statements, files | {"sql/postgres/statements/walk/begin.sql": "", "a.c": call.replace("wlk", "walk")})


@pytest.mark.parametrize(
    "path, text",
    [
        ("a.c", '/* It begins\n * anew. */\nint x = "anew";\n'),
        ("a.c", '#define WAY "It is begun " \\\n    "upon a key"\nint x = y("anew");\n'),
        ("common/a.h", "/* One that stands\n * behind a row; NULL. */\n"),
        ("commands/usage/walk.txt", "Walks, and also where nobody does\n"),
        ("a.py", '"""Docstring.\n\nBehind the transform."""\nx = "anew"\n'),
        ("a.sql", "-- In order to load.\n-- Fine.\nSELECT 'anew'\n"),
        ("a.sh", "x=anew\nx # which shall end\n"),
        ("a.md", "```\nanew\n```\n`anew` is begun upon it\n"),
    ],
)
def test_words(path, text):
    assert len(found(words.check_words, {path: text})) == 1


def test_plain_words():
    comment = "/* left behind a load balancer; behind TLS; made_anew() */"
    assert not found(words.check_words, {"a.c": comment, "tests/a.c": 'x = "begun anew";', "a.py": "# again\n"})


@pytest.mark.parametrize(
    "message, fault",
    [
        ("area: effect\n\nIt says why.\n", None),
        ("area: effect\n", "says why"),
        ("area: " + "e" * 70 + "\n\nWhy.\n", "72"),
        ("area: effect\nWhy, too near.\n", "blank"),
        ("Effect\n\nWhy.\n", "area"),
        ("Merge branch 'x'\n", None),
    ],
)
def test_messages(message, fault):
    faults = history.message_faults(message, changes_code=True)
    assert fault in faults[0] if fault else not faults


def test_a_change_of_words_needs_no_body():
    assert not history.message_faults("docs: a comma\n", changes_code=False)
