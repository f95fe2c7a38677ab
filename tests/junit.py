#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints "PASSED FAILED SKIPPED" of a JUnit file, as ctest and pytest write it. A file that is not there: 0 1 0."""

import sys
import xml.etree.ElementTree

# A test that pytest could not clean up after stands twice, so that each counts by the worst that is said of it.
RANKS = {"skipped": 1, "failure": 2, "error": 2}


def count(path):
    worst = {}
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = case.get("classname"), case.get("name")
        rank = max((RANKS.get(child.tag, 0) for child in case), default=0)
        worst[name] = max(rank, worst.get(name, 0))
    ranks = list(worst.values())
    return ranks.count(0), ranks.count(2), ranks.count(1)


if __name__ == "__main__":
    try:
        print(*count(sys.argv[1]))
    except (OSError, xml.etree.ElementTree.ParseError):
        print(0, 1, 0)
