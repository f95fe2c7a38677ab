# SPDX-License-Identifier: Apache-2.0
"""The documents say what the programs do: each of their commands is run, each link leads somewhere."""

import ast
import os
import re
import shutil
import tempfile

import pytest
from support import documents
from support import fleet as fleets

BUILD = "cmake --preset release && cmake --build build/release"

# Commands that this test does not type, each with what runs it: a file of the repository, and what stands in it.
RUN_ELSEWHERE = {
    "deploy/demo.sh": ("tests/fresh.sh", "deploy/demo.sh"),
    "apt-get install -y git": ("tests/fresh.sh", "git ca-certificates"),
    "git clone": ("tests/fresh.sh", "git clone"),
    "tests/run.sh": ("tests/run.sh", "integration tests"),  # it is what runs this test
    "docker compose -f deploy/compose.yaml": ("tests/compose/run.sh", "compose.yaml"),
    "deploy/compose-demo.sh": ("tests/compose/run.sh", "compose-demo.sh"),
    "copyfleet cluster": ("tests/redshift/test_cluster_document.py", "documents.commands"),  # which need an AWS account
    # Once is enough: elsewhere the programs that are tested stand in build/release.
    BUILD: ("docs/tutorial.md", BUILD),
}


def is_elsewhere(name, command):
    return any(command.startswith(start) and path != name for start, (path, _) in RUN_ELSEWHERE.items())


def typed(name):
    """(block, command) of all that are to be run."""
    return [
        (block, command)
        for block in documents.blocks(name)
        if block.tag == "sh"
        for command in documents.commands(block)
        if not is_elsewhere(name, command)
    ]


@pytest.fixture(scope="module")
def own_folder():
    """Of servers that are not those of the other tests: the documents stop and start them."""
    folder = tempfile.mkdtemp(prefix="copyfleet-servers-")
    os.chmod(folder, 0o711)
    yield folder
    fleets.Servers(folder).down()
    shutil.rmtree(folder)


@pytest.fixture
def own_servers(own_folder):
    """Up, with an empty database and without a bucket."""
    servers = fleets.Servers(own_folder)
    connection = servers.connect_database("postgres")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE copyfleet WITH (FORCE)")
        cursor.execute("CREATE DATABASE copyfleet")
    connection.close()
    s3 = servers.connect_s3()
    for bucket in s3.list_buckets()["Buckets"]:
        for key in fleets.uploader.list_etags(s3, bucket["Name"], ""):
            s3.delete_object(Bucket=bucket["Name"], Key=key)
        s3.delete_bucket(Bucket=bucket["Name"])
    return servers


def what_readers_have(servers, folder):
    """README speaks to somebody who has PostgreSQL and a bucket: theirs, in the usual variables."""
    given = {name: value for name, value in servers.environment.items() if name.startswith(("PG", "AWS_"))}
    data = fleets.generate(folder / "data", events=300, days=3, songs=60)
    fleets.uploader.put(str(data), "my-bucket", s3=servers.connect_s3())
    return given


def type_all(shell, name):
    for block in documents.blocks(name):
        if block.file_name:
            shell.write(block.file_name, block.text)
        if block.tag != "sh":
            continue
        said = ""
        for command in documents.commands(block):
            if is_elsewhere(name, command):
                continue
            code, output = shell.run(command)
            expected = documents.expected_code(command)
            assert code == expected, f"{name}:{block.line}: {command.strip()} ended with {code}, not {expected}: {output}"
            said += output
        if block.output is not None:
            assert documents.has_output(block.output, said), f"{name}:{block.line}: printed\n{said}\nand not\n{block.output}"


@pytest.mark.parametrize("name", [name for name in documents.names() if typed(name)])
def test_a_document_as_it_is_typed(own_servers, tmp_path, name):
    given = what_readers_have(own_servers, tmp_path) if name == "README.md" else {}
    is_built = not any(BUILD in command for _, command in typed(name))
    shell = documents.Shell(tmp_path / "checkout", own_servers.folder, given, is_built)
    try:
        type_all(shell, name)
    except AssertionError:
        for number, command, output in shell.outputs():
            print(f"--- {number}: {command}{output[-4000:]}")
        raise
    finally:
        problems = shell.close()
    assert not problems, "\n".join(problems)


def test_what_is_not_typed_is_run_elsewhere():
    for start, (path, text) in RUN_ELSEWHERE.items():
        assert text in documents.read(path), f"{path} does not run {start}"


def test_commands_stand_in_fences_that_are_typed(record_property):
    """In a block of another tag, or in an indented one, a command would be run by nobody."""
    count = 0
    for name in documents.names():
        text = documents.read(name)
        assert {block.tag for block in documents.blocks(name)} <= {"sh", "text", "ini", "sql", "json"}, name
        prose = documents.FENCE.sub("", text)
        assert "```" not in prose, f"{name} has a fence that is not closed"
        indented = re.findall(r"^    (?:copyfleet|deploy/|tests/|psql|cmake|docker|export|\. |grep|jq).*", prose, re.MULTILINE)
        assert not indented, f"{name}: commands stand in ```sh: {indented}"
        count += len(typed(name))
    print(f"{count} documented commands are run")
    record_property("documented_commands", count)
    assert count > 50


def test_commands_in_sentences_exist():
    usage = documents.Usage()
    mistakes = [
        f"{name}: `{quoted}`: {mistake}"
        for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", *documents.names())
        for quoted, words in documents.inline_commands(name)
        for mistake in usage.mistakes(words)
    ]
    assert not mistakes, "\n".join(mistakes)


def test_links_lead_somewhere():
    names = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", *documents.names())
    broken = [link for name in names for link in documents.broken_links(name)]
    assert not broken, "\n".join(broken)


def test_every_document_is_in_the_index():
    index = documents.read("docs/README.md")
    pages = [os.path.basename(name) for name in documents.names() if name.startswith("docs/")]
    assert [page for page in pages if page != "README.md" and f"]({page})" not in index] == []
    assert "](docs/README.md)" in documents.read("README.md")


def test_paths_in_sentences_exist():
    pattern = r"`((?:common|coordinator|worker|deploy|tests|cmake|sql|docs)/[\w./-]+)`"
    for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", *documents.names()):
        paths = re.findall(pattern, documents.read(name))
        assert [path for path in paths if "NAME" not in path and not (documents.ROOT / path).exists()] == [], name


def guarantees():
    """What ARCHITECTURE promises: in bold, and of a ledger without FOR UPDATE what happens once."""
    text = documents.read("ARCHITECTURE.md")
    named = ("Why it is safe", "A ledger without FOR UPDATE", "Failure policy")
    sections = {name: re.search(rf"^## {name}\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1] for name in named}
    bold = [each for section in sections.values() for each in re.findall(r"^\*\*(.+?)\*\*", section, re.MULTILINE)]
    once = re.findall(r"^\| (an? .*?) \| `", sections["A ledger without FOR UPDATE"], re.MULTILINE)
    return bold + [f"without FOR UPDATE: {each}" for each in once]


def test_what_attacks_each_guarantee_is_there():
    """The kinds of the fault schedules are read from their usage text, which is made from them."""
    rows = re.search(r"^## What attacks each guarantee\n.*?^## ", documents.read("ARCHITECTURE.md"), re.MULTILINE | re.DOTALL)[0]
    cells = [row.split(" | ") for row in re.findall(r"^\| (.*?) \|$", rows, re.MULTILINE)[1:]]
    usage = documents.output_of(str(documents.ROOT / "tests/faults/run.sh"), "--help")
    kinds = re.search(r"exactly these, of (.*?);", " ".join(usage.split()))[1].split(", ")
    files = [path for folder in ("integration", "redshift") for path in (documents.ROOT / "tests" / folder).glob("test_*.py")]
    tests = "".join(path.read_text() for path in files)
    assert sorted(guarantee for guarantee, _, _ in cells) == sorted(guarantees())
    assert {kind for _, named, _ in cells for kind in re.findall(r"`(\w+)`", named)} == set(kinds)
    attacks = [name for _, _, named in cells for name in re.findall(r"`(\w+)`", named)]
    assert [name for name in attacks if f"\ndef {name}(" not in tests] == []
    assert all("`" in named + more for _, named, more in cells)


# Rows of the operator's guide that no test provokes, by their beginning, each with why.
NOT_PROVOKED = {}


def marked_rows():
    """{beginning of a row: the tests that say that they provoke it}, by the mark `operating`, without running anything."""
    found = {}
    for folder in ("integration", "redshift"):
        for path in sorted((documents.ROOT / "tests" / folder).glob("test_*.py")):
            for function in ast.walk(ast.parse(path.read_text())):
                for mark in getattr(function, "decorator_list", ()):
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.operating":
                        for row in mark.args:
                            found.setdefault(ast.literal_eval(row), []).append(function.name)
    return found


def test_each_row_of_the_operators_guide_is_provoked():
    """By a test that reads status meanwhile, which has the row's beginning, without markup and quotes, in its mark."""
    guide = re.search(r"^## At three in the morning\n.*?^## Walk-throughs", documents.read("docs/operating.md"), re.MULTILINE | re.DOTALL)[0]
    tables = re.findall(r"^\| (?:symptom|what happened) \|.*\n\|[-|]+\n((?:\|.*\n)+)", guide, re.MULTILINE)
    rows = [re.sub('[`"]', "", cell) for table in tables for cell in re.findall(r"^\| (.*?) \| ", table, re.MULTILINE)]
    marks = marked_rows()
    beginnings = [*marks, *NOT_PROVOKED]
    assert len(tables) == 2 and len(rows) > 50
    ambiguous = {mark: count for mark in beginnings if (count := sum(row.startswith(mark) for row in rows)) != 1}
    assert not ambiguous, f"marks that are the beginning of no row, or of several: {ambiguous}"
    missing = [row for row in rows if not any(row.startswith(mark) for mark in beginnings)]
    assert not missing, f"rows that no test provokes: {missing}"
    assert not set(marks) & set(NOT_PROVOKED)


def test_the_reference_of_all_keys_is_the_programs():
    assert documents.output_of("copyfleet", "--print-reference").strip() in documents.read("docs/configuration.md")


def test_readme_names_every_command_and_no_other():
    documented = set(re.findall(r"^\| `copyfleet ([a-z-]+(?: [a-z]+)?)", documents.read("README.md"), re.MULTILINE))
    assert documented and documented == documents.Usage().commands


def test_the_reference_has_every_column_of_the_ledger(idle):
    """The tables and views that create-tables makes in schema copyfleet, but those whose columns docs/status.md has."""
    ddl = "".join(documents.read(f"sql/postgres/{name}.sql") for name in ("ledger", "views"))
    names = set(re.findall(r"CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) copyfleet\.(\w+)", ddl))
    stable = {name for name in names if f"### copyfleet.{name}\n" in documents.read("docs/status.md")}
    columns = idle.rows(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'copyfleet'"
    )
    documented = set()
    for section in re.split(r"^##+ ", documents.read("docs/reference.md"), flags=re.MULTILINE)[1:]:
        heading = re.match(r"`copyfleet\.(\w+)`\n", section)
        for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) if heading else ():
            documented |= {(heading[1], column) for column in re.findall(r"`(\w+)`", row)}
    assert len(stable) == 5
    assert documented == {(name, column) for name, column in columns if name in names - stable}


def test_output_is_compared():
    """What the other tests lean on."""
    assert documents.has_output("a\n…\nb  … 1", "a\nx\ny\nb 2   1\n")
    assert documents.has_output("a\n…\nb", "a\nb")
    for expected, actual in (("a", "b"), ("a", "a\nb"), ("a\n…\nb", "a"), ("1 of …", "2 of 3"), ("a.c", "abc")):
        assert not documents.has_output(expected, actual), (expected, actual)
