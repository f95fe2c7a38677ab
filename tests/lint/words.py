# SPDX-License-Identifier: Apache-2.0
"""Words that make a sentence hard to read, and what to write in their place: in comments, SQL's heads, documents, and what a program says."""

import re

from files import read_words

INSTEAD = {
    r"anew": "again",
    r"whilst": "while",
    r"amongst": "among",
    r"in order to": "to",
    r"so as to": "to",
    r"utili[sz](?:e|es|ed|ing|ation)": "use",
    r"leverag(?:e|es|ed|ing)": "use",
    r"whatsoever|notwithstanding|aforementioned": "nothing, or the thing's name",
    r"(?:there|where|here)(?:of|in|by|upon)|hitherto|henceforth|whence|whither": "the thing's name",
    r"upon": "on, or after",
    r"prior to": "before",
    r"subsequent(?:ly)?(?: to)?": "after, or next",
    r"due to the fact that": "because",
    r"with regard to": "about",
    r"albeit|lest": "though, or so that … not",
    r"shall": "will, must, or should",
    r"simply|obviously|basically|of course": "nothing: it tells the reader nothing",
    r"(?<!left )behind(?! (?:an? |the |its )?(?:TLS|gate|proxy|pooler|firewall|load balancer))": "after: behind is of places",
    r"(?:none|null|false|true|also|even) where|where there (?:is|are|was|were)": "if: where is of places",
}
PATTERNS = {re.compile(rf"\b(?:{word})(?!\w)", re.I): instead for word, instead in INSTEAD.items()}


def check_words(files):
    for path, text in files.items():
        if path == "CHANGELOG.md" or path.startswith("tests/lint/"):
            continue
        for line, said in read_words(path, text):
            for pattern, instead in PATTERNS.items():
                for found in pattern.finditer(said):
                    yield f'{path}:{line + said.count(chr(10), 0, found.start())}: "{found[0]}"; write {instead}'
