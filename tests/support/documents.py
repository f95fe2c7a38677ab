# SPDX-License-Identifier: Apache-2.0
"""README.md and docs/*.md as a reader meets them: commands to type, files to write, output to expect, links to follow.

    ```sh     typed into one bash a document, command by command; each ends with 0, or as its comment says: # ends with 1
    ```text   right after it: what these commands printed; … is anything, a line of … any lines
    ```ini, ```sql that begin with the comment of a file's name: that file, written where the reader stands
"""

import os
import re
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from support import fleet as fleets

ROOT = fleets.REPOSITORY
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"(?:#|--) ([\w./-]+\.(?:cfg|sql))\n")
EXPECTED_CODE = re.compile(r"# ends with (\d+)")
CHECKOUT = "CMakeLists.txt CMakePresets.json cmake common coordinator deploy sql tests worker".split()
SERVERS_FOLDER = "/tmp/copyfleet"  # in the documents; a folder of the test's own when they run


def names():
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@dataclass
class Block:
    """A fenced block and the number of its first line."""

    document: str
    line: int
    tag: str
    text: str
    output: str | None = None  # of the ```text that follows

    @property
    def file_name(self):
        found = self.tag in ("ini", "sql") and FILE_NAME.match(self.text)
        return found and found[1]


def blocks(name):
    text, found, end = read(name), [], None
    for match in FENCE.finditer(text):
        block = Block(name, text.count("\n", 0, match.start()) + 2, match[1], match[2])
        if block.tag == "text" and end is not None and not text[end : match.start()].strip():
            found[-1].output = block.text
        found.append(block)
        end = match.end() if block.tag == "sh" else None
    return found


def is_whole(command):
    """Whether bash would run it, or wait for more."""
    if command.endswith("\\\n"):
        return False
    done = subprocess.run(["bash", "-n"], input=command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and not done.stderr


def commands(block):
    """Its commands, each with the comments in front of it."""
    found, command = [], ""
    for line in block.text.splitlines(keepends=True):
        command += line
        if line.strip() and not line.startswith("#") and is_whole(command):
            found.append(command)
            command = ""
    assert not command.strip(), f"{block.document}:{block.line}: bash does not understand {command!r}"
    return found


def expected_code(command):
    found = EXPECTED_CODE.search(command)
    return int(found[1]) if found else 0


def has_output(expected, actual):
    """Blanks count as one."""
    def lines_of(text):
        return [" ".join(line.split()) for line in text.strip().splitlines()]

    parts = (
        r"(?:[^\n]*\n)*?" if line == "…" else re.escape(line).replace("…", "[^\n]*?") + "\n" for line in lines_of(expected)
    )
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in lines_of(actual))) is not None


class Shell:
    """A reader's bash, in a folder that looks like a fresh checkout; is_built: with the programs."""

    def __init__(self, folder, servers_folder, environment, is_built):
        self.folder, self.servers_folder, self.count = Path(folder), str(servers_folder), 0
        self.notes = self.folder / ".notes"
        self.notes.mkdir(parents=True)
        for entry in CHECKOUT:
            (self.folder / entry).symlink_to(ROOT / entry)
        (self.folder / "build").mkdir()
        if is_built:
            (self.folder / "build" / "release").symlink_to(fleets.BUILD)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("COPYFLEET_", "AWS_", "PG"))}
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            cwd=self.folder, env=kept | environment, start_new_session=True,
        )

    def localise(self, text):
        return text.replace(SERVERS_FOLDER, self.servers_folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.localise(text))

    def run(self, command):
        """Exit code and output."""
        self.count += 1
        began = time.monotonic()
        script, output = self.notes / f"{self.count}.sh", self.notes / f"{self.count}.out"
        script.write_text(self.localise(command))
        self.bash.stdin.write(f". '{script}' >'{output}' 2>&1 </dev/null; echo $?\n")
        self.bash.stdin.flush()
        ready, _, _ = select.select([self.bash.stdout], [], [], fleets.WAIT_S)
        text = output.read_text(errors="replace").replace(self.servers_folder, SERVERS_FOLDER) if output.exists() else ""
        assert ready, f"{command!r} has not ended after {fleets.WAIT_S} seconds: {text[-2000:]}"
        code = self.bash.stdout.readline()
        print(f"{time.monotonic() - began:6.1f} s  {command.strip().splitlines()[-1][:100]}")
        assert code, f"{command!r} ended the shell: {text[-2000:]}"
        return int(code), text

    def outputs(self):
        """Of all commands, for a test that failed: number, command, what it said."""
        for number in range(1, self.count + 1):
            output = self.notes / f"{number}.out"
            yield number, (self.notes / f"{number}.sh").read_text(), output.read_text(errors="replace") if output.exists() else ""

    def close(self):
        """Ends what the document left running; whether a program ended badly is seen in what it printed."""
        self.bash.stdin.close()
        try:
            os.killpg(self.bash.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        self.bash.wait(fleets.STOP_S)
        fleets.wait_until(self.is_empty, what="the end of what the document started")
        return [report for number, _, text in self.outputs() for report in fleets.sanitizer_reports(f"command {number}", text)]

    def is_empty(self):
        try:
            os.killpg(self.bash.pid, 0)
        except ProcessLookupError:
            return True
        return False


def slug(heading):
    """As GitHub makes anchors."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text):
    return {slug(re.sub(r"[`*]", "", heading)) for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)}


def broken_links(name):
    """Targets within the repository that are not there."""
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", read(name))):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (folder / path).resolve() if path else ROOT / name
        if not file.exists() or ROOT not in (file, *file.parents):
            yield f"{name}: {target}: no such file"
        elif anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
            yield f"{name}: {target}: no such heading"


def output_of(program, *arguments):
    done = subprocess.run([fleets.BUILD / program, *arguments], capture_output=True, text=True, timeout=fleets.WAIT_S, check=True)
    return done.stdout


class Usage:
    """What the programs say that they take."""

    def __init__(self):
        text = output_of("copyfleet", "--help")
        self.commands = set(re.findall(r"^  ([a-z][a-z-]+(?: [a-z]+)?)  ", text, re.MULTILINE))
        self.families = {name.split()[0] for name in self.commands if " " in name}  # copyfleet cluster create
        self.options = {name: self.options_in(output_of("copyfleet", *name.split(), "--help")) for name in self.commands | self.families}
        self.options["copyfleet"] = self.options_in(text)
        self.options["copyfleet-worker"] = self.options_in(output_of("copyfleet-worker", "--help"))

    @staticmethod
    def options_in(text):
        return set(re.findall(r"--[a-z][a-z-]*", text)) | {"--help", "--config"}

    def mistakes(self, words):
        """In `copyfleet …`, as words."""
        words = list(words)
        if words[0] == "copyfleet" and words[1:2] and words[1] in self.families:
            words[1:3] = [" ".join(words[1:3])]
        known = self.options[words[0]]
        for word in words[1:]:
            if words[0] == "copyfleet" and re.fullmatch(r"[a-z][a-z -]+", word) and known is self.options["copyfleet"]:
                if word not in self.commands | self.families:
                    yield f"there is no command {word}"
                    return
                known = self.options[word] | {"--config"}
            for option in re.findall(r"--[a-z][a-z-]*", word):
                if option not in known:
                    yield f"there is no option {option}"


def inline_commands(name):
    """The words of each `copyfleet …` and `run --workers 2` in a sentence or table."""
    usage_words = r"(?:copyfleet(?:-worker)?|run|watch|status|plan|create-tables|analyze|verify|audit)"
    for quoted in re.findall(rf"`({usage_words}(?: [^`]*)?)`", FENCE.sub("", read(name))):
        words = quoted.split()
        if not words[0].startswith("copyfleet"):
            if "--" not in quoted:
                continue
            words = ["copyfleet", *words]
        yield quoted, words
