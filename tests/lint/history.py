#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a commit says of itself: `history.py FILE` checks the message of the commit that is being made, for .githooks/commit-msg;
`history.py` alone those that are there, as a rule of tests/lint.sh."""

import re
import subprocess
import sys

SUBJECT_MAX = 72
SUBJECT = re.compile(r"(?:fixup! |squash! )?[\w./ -]+: \S")
MADE_BY_GIT = re.compile(r"(?:Merge|Revert) ")
WORDS_ONLY = re.compile(r"\.md$|^LICENSE$")  # a change of nothing else may go without a body


def git(*arguments):
    return subprocess.run(["git", "-c", "safe.directory=*", *arguments], capture_output=True, text=True, check=True).stdout


def message_faults(message, changes_code):
    """What is wrong with it, a sentence each."""
    subject, *rest = [line for line in message.rstrip().splitlines() if not line.startswith("#")] or [""]
    if MADE_BY_GIT.match(subject):
        return []
    faults = []
    if len(subject) > SUBJECT_MAX:
        faults.append(f"the subject has {len(subject)} characters, more than {SUBJECT_MAX}")
    if not SUBJECT.match(subject):
        faults.append('the subject is not "area: effect"')
    if rest and rest[0]:
        faults.append("no blank line follows the subject")
    if changes_code and not any(rest):
        faults.append("no body says why the code is changed")
    return faults


def changes_code(names):
    return any(not WORDS_ONLY.search(name) for name in names.split("\0") if name)


def since():
    """The commit that brought this check, if the history goes so far back: what is older does not obey."""
    return git("log", "--format=%H", "--diff-filter=A", "--", "tests/lint/history.py").split()


def check_history():
    """One line, as the other rules have it."""
    rule = "commits: area: effect, and a body that says why"
    try:
        beginnings = since()
        is_shallow = git("rev-parse", "--is-shallow-repository").strip() == "true"
    except (subprocess.CalledProcessError, FileNotFoundError):
        beginnings, is_shallow = [], False
    if is_shallow or not beginnings:
        return f"skip {rule}: this checkout lacks the history"
    faults = []
    for commit in git("log", "--format=%H", "--no-merges", "--ancestry-path", f"{beginnings[-1]}..HEAD").split():
        names = git("show", "--format=", "--name-only", "-z", commit)
        faults += [f"{commit[:9]}: {fault}" for fault in message_faults(git("log", "-1", "--format=%B", commit), changes_code(names))]
    return f"fail {rule}: {'; '.join(faults[:5])}" if faults else f"pass {rule}"


def check_message(path):
    with open(path, encoding="utf-8") as file:
        faults = message_faults(file.read(), changes_code(git("diff", "--cached", "--name-only", "-z")))
    for fault in faults:
        print(f"commit-msg: {fault}", file=sys.stderr)
    return bool(faults)


def main():
    if len(sys.argv) > 1:
        return check_message(sys.argv[1])
    said = check_history()
    print(said)
    return said.startswith("fail")


if __name__ == "__main__":
    sys.exit(main())
