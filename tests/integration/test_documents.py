# SPDX-License-Identifier: Apache-2.0
"""The documents say what the programs do."""

import os
import re
import subprocess

import fleet as fleets

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(program, *arguments):
    return subprocess.run([fleets.BUILD / program, *arguments], capture_output=True, text=True, timeout=30, check=True).stdout


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def test_readme_has_the_reference_of_all_keys():
    assert run("copyfleet", "--print-reference").strip() in read("README.md")


def test_readme_names_every_command_and_no_other():
    usage = run("copyfleet", "--help")
    commands = set(re.findall(r"^  ([a-z][a-z-]+)  ", usage, re.MULTILINE))
    documented = set(re.findall(r"^\| `copyfleet ([a-z-]+)", read("README.md"), re.MULTILINE))
    assert commands and commands == documented


def test_architecture_names_files_that_exist():
    paths = re.findall(r"`((?:common|coordinator|worker|deploy|tests|cmake|sql)/[\w./-]+)`", read("ARCHITECTURE.md"))
    assert len(paths) > 10
    assert [path for path in paths if not os.path.exists(os.path.join(ROOT, path))] == []


def make_own_tables(made, folder):
    """What README shows of own tables, as files and configuration."""
    text = read("README.md")
    files = re.search(r"-- staging.sql\n(.*?)-- (transform/\d\d_\w+\.sql)[^\n]*\n(.*?)```", text, re.DOTALL)
    for name in ("transform", "checks", "analytics"):
        (folder / name).mkdir(parents=True)
    for name, sql in (("staging.sql", files[1]), (files[2], files[3]), ("star.sql", ""), ("drop.sql", "")):
        (folder / name).write_text(sql)
    dataset = dict(re.findall(r"^([A-Z_]+) = (.+)$", re.search(r"\[dataset clicks\]\n(.*?)```", text, re.DOTALL)[1], re.MULTILINE))
    made.configure("S3", LOG_DATA="", LOG_JSONPATH="", SONG_DATA="")
    made.configure("FLEET", SQL_DIR=folder)
    made.configure("dataset clicks", **dataset | {"LOCATION": f"s3://{made.bucket.name}/clicks/"})


def test_the_readmes_own_tables(fleet, tmp_path):
    """Neither a held row nor both versions of a corrected one can be seen."""

    def put(name, page):
        fleet.bucket.put(f"clicks/2026-05-02/{name}.json", b'{"at": "2026-05-02T10:00:00Z", "page": "%s", "visitor": "v"}' % page)

    def seen():
        return sorted(fleet.rows("SELECT page, visitor FROM visible_clicks"))

    make_own_tables(fleet, tmp_path / "sql")
    fleet.copyfleet("create-tables")
    fleet.worker()
    put("a", b"/a")
    fleet.copyfleet("run")
    assert seen() == [("/a", "v")]
    put("a", b"/corrected")
    fleet.bucket.put("clicks/2026-05-02/b.json", b"no JSON")
    fleet.copyfleet("run", expect=1)
    assert seen() == [("/a", "v")]
    fleet.copyfleet("skip", "clicks")
    assert seen() == [("/corrected", "v")]
    assert fleet.rows("SELECT count(*) FROM staging_clicks") == [(1,)]
