# SPDX-License-Identifier: Apache-2.0
"""The documents say what the programs do."""

import os
import re
import subprocess

import fleet

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(program, *arguments):
    return subprocess.run([fleet.BUILD / program, *arguments], capture_output=True, text=True, timeout=30, check=True).stdout


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
