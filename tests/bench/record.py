# SPDX-License-Identifier: Apache-2.0
"""What was measured: figures by name, the load of the machine before each, and the bars, which divide two figures' medians."""

import collections
import dataclasses
import operator
import statistics
import sys

import machine

COMPARISONS = {"<=": operator.le, ">=": operator.ge}


class Skipped(Exception):
    """A bar cannot be measured here, for the reason that is told."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """One line of the table: median(over) / median(under), or median(over) alone in its unit."""

    name: str  # --only P5 takes P5.day too
    work: str
    reach: str  # "<= 1.25"
    over: str
    under: str | None = None


class Record:
    """The measurements of one call of run.sh: so many runs of each side."""

    def __init__(self, runs):
        self.runs = runs
        self.figures, self.measurements, self.unmeasured = collections.defaultdict(list), [], {}

    def measure(self, side, work):
        """Runs work(), which returns its figures: {"load_s": 2.5} becomes SIDE.load_s."""
        load = machine.load()
        figures = {f"{side}.{name}": value for name, value in work().items()}
        for name, value in figures.items():
            self.figures[name].append(value)
        self.measurements.append({"load": load, "figures": figures})
        shown = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
        print(f"load {load['average']:5.2f}, {load['busy']:.2f} processors busy: {shown}", file=sys.stderr, flush=True)

    def skip(self, name, reason):
        self.unmeasured[name] = {"skipped": reason}
        print(f"{name} is skipped: {reason}", file=sys.stderr)

    def fail(self, bar, reason):
        """Of a group that ended early, bars that have all their figures keep them."""
        if any(len(self.figures[name]) < self.runs for name in (bar.over, bar.under) if name):
            self.unmeasured.setdefault(bar.name, {"failed": reason})

    def side(self, name):
        values = self.figures[name]
        return {"figure": name, "median": statistics.median(values), "values": values}

    def result(self, bar):
        """As it stands in the JSON."""
        said = {"work": bar.work, "reach": bar.reach}
        if bar.name in self.unmeasured:
            return said | self.unmeasured[bar.name]
        over = self.side(bar.over)
        value, said["over"] = over["median"], over
        if bar.under:
            said["under"] = self.side(bar.under)
            value /= said["under"]["median"]
        comparison, bound = bar.reach.split()
        return said | {"value": value, "is_reached": COMPARISONS[comparison](value, float(bound))}


def shown_side(side):
    return f"{side['median']:10.3f} {side['figure']}" if side else ""


def table(results):
    rows = [("bar", "value", "reach", "", "over", "under", "work")]
    for name, result in results.items():
        verdict = next((word for word in ("skipped", "failed") if word in result), None)
        if verdict:
            rows.append((name, "-", result["reach"], verdict, "", "", result[verdict]))
            continue
        verdict = "reached" if result["is_reached"] else "missed"
        sides = (shown_side(result["over"]), shown_side(result.get("under")))
        rows.append((name, f"{result['value']:.3f}", result["reach"], verdict, *sides, result["work"]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows)
