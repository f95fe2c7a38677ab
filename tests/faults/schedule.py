# SPDX-License-Identifier: Apache-2.0
"""What happens in a seed, drawn before it begins: the same seed, the same schedule. Touches no clock and no process.

Each actor (the bucket's people, a process, a server, an operator, an inspector, who holds locks) does its steps one after
the other, while the others do theirs; times are seconds since the first fault."""

import collections
import itertools
import random

import arrivals

CHAOS_S = 22
DATA_GAP_S = 0.4  # about 55 changes, in as many passes as fit
WORKERS, COORDINATORS = ("worker-0", "worker-1", "worker-2"), ("coordinator-0", "coordinator-1")
SERVICES = ("postgres", "kafka", "s3proxy")
# What S3 tells of a change, rightly or not; each only shortens a wait.
TIDINGS = ("no event", "no event", "an event", "an event", "two events", "an event of another object", "an event that is no JSON")
ENDS = ("and comes through", "and is reset")  # of a black hole
SLOW_STARTERS = ("kafka", "s3proxy")  # seconds of both cores, so once a seed
FIRST_EVENTS, FIRST_SONGS = 6, 8

# Locks from outside, so that the processes are met in the middle of what they do.
LOCKS = {
    "loads": "LOCK TABLE staging_events, staging_songs IN SHARE MODE",
    "fences": "SELECT FROM copyfleet.tasks FOR NO KEY UPDATE",
    "attempts": "LOCK TABLE copyfleet.attempts IN EXCLUSIVE MODE",
    "plans": "LOCK TABLE copyfleet.versions IN EXCLUSIVE MODE",
    "transforms": "LOCK TABLE songplays IN SHARE MODE",
    "transforms' ends": "LOCK TABLE time IN SHARE MODE",
}

Step = collections.namedtuple("Step", "at actor action arguments")


class Schedule:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.has_events, self.has_horizon, self.skips = (self.chance.random() < 0.5 for _ in range(3))
        self.gap = self.chance.choice((0.5, 1, 1, 3))  # between a server's faults: in some seeds there is more time to get on
        self.spares = self.chance.random() < 0.25  # the processes, which then live through many faults of the servers
        self.bucket = arrivals.Bucket(self.chance)
        self.first = self.bucket.begin(FIRST_EVENTS, FIRST_SONGS)
        self.steps = []
        self.draw()
        self.steps.sort(key=lambda step: step.at)

    def draw(self):
        for worker in WORKERS if not self.spares else ():
            self.draw_process(worker, ("kill", "kill", "stop", "stop", "terminate"))
        for coordinator in COORDINATORS if not self.spares else ():
            self.draw_process(coordinator, ("kill", "kill", "stop", "stop", "terminate", "reload"))
        for service in SERVICES:
            self.draw_service(service)
        self.draw_locks()
        self.draw_changes()
        self.draw_operator()
        self.draw_inspections()

    def add(self, at, actor, action, *arguments):
        self.steps.append(Step(at, actor, action, arguments))

    def seconds(self, low, high):
        return round(self.chance.uniform(low, high), 2)

    def draw_process(self, name, actions):
        at = self.seconds(0, 6)
        while at < CHAOS_S:
            action = self.chance.choice(actions)
            lasts = 0 if action == "reload" else self.seconds(0, self.chance.choice((0.2, 2, 8 if action == "stop" else 2)))
            self.add(at, name, action, lasts)
            at += lasts + self.seconds(2, 8)

    def draw_service(self, name):
        """A fault, for a while; when it is over, an object arrives, whose load ends the recovery."""
        at, restarts = self.seconds(0, 6), ["stop", "crash"] + ["wipe"] * (name == "kafka")
        while at < CHAOS_S:
            action, *details = self.draw_fault(name, restarts)
            if action in restarts and name in SLOW_STARTERS:
                restarts = []
            lasts = 0 if action in ("cut", "reset") else self.seconds(0.1, self.chance.choice((1, 3, 7)))
            self.add(at, name, action, lasts, *details)
            at += lasts + self.gap * self.seconds(3, 9)

    def draw_fault(self, name, restarts):
        """A restart is likely until it is had; a wipe is a crash after which Kafka has forgotten everything."""
        kind = self.chance.choice([*restarts, *restarts, *"cut reset refuse stall stall lose lose throttle".split()])
        if kind in ("stall", "lose"):
            return kind, self.chance.choice(ENDS)
        if kind == "throttle":
            return kind, self.chance.choice({"kafka": (2000, 20000)}.get(name, (5000, 50000)))
        return (kind,)

    def draw_locks(self):
        at = self.seconds(0, 4)
        while at < CHAOS_S:
            lasts = self.seconds(0.1, 2)
            self.add(at, "locks", "hold", lasts, self.chance.choice(sorted(LOCKS)))
            at += lasts + self.seconds(0.2, 4)

    def draw_changes(self):
        """Changes at any time, arrivals at the end of servers' faults, and a last mending of all that is bad."""
        plans = [(step.at, step) for step in self.steps if step.actor in SERVICES]
        at = 0.0
        while at < CHAOS_S:
            plans.append((at, None))
            at = round(at + self.chance.expovariate(1 / DATA_GAP_S), 2)
        for at, step in sorted(plans, key=lambda plan: plan[0]):
            if step:
                change = self.bucket.arrive_later()._replace(what="arrives then")
                self.steps[self.steps.index(step)] = step._replace(arguments=(*step.arguments, change))
            else:
                self.add(at, "people", "change", self.bucket.anything(), self.chance.choice(TIDINGS))
        while change := self.bucket.mend():
            self.add(CHAOS_S, "people", "change", change, "no event")

    def draw_operator(self):
        """Commands that leave the tables as they were, in the end: what is taken out is loaded again."""
        at = self.seconds(0, 8)
        while at < CHAOS_S:
            action = self.chance.choice(("reload", "reload", "undo, reload", "skip, retry", "retry", "status", "audit"))
            self.add(at, "operator", action, self.chance.choice(sorted(self.bucket.objects)))
            at += self.seconds(2, 8)

    def draw_inspections(self):
        """Whatever happens, what can be seen is right."""
        at = self.seconds(0, 3)
        while at < CHAOS_S:
            self.add(at, "inspector", "inspect")
            at += self.seconds(1, 4)

    def text(self):
        settings = [name for name in ("has_events", "has_horizon", "skips", "spares") if getattr(self, name)]
        lines = [f"settings: {', '.join(settings)}"] + [f"first: {tell(change)}" for change in self.first]
        return "\n".join(lines + [tell_step(step) for step in self.steps]) + "\n"


class OneByOne(Schedule):
    """Each fault of a server alone, with time to recover, and nothing else: to measure it."""

    RESTARTS = [("postgres", kind) for kind in ("stop", "crash")] + [
        (name, kind) for name in SLOW_STARTERS for kind in ("stop", "crash", *("wipe",) * (name == "kafka"))
    ]
    HOLES = list(itertools.product(SERVICES, ("stall", "lose"), ENDS))
    OTHERS = [(name, kind) for name in SERVICES for kind in ("cut", "reset", "refuse")]

    def draw(self):
        self.has_events = self.has_horizon = self.skips = False
        faults, at = self.RESTARTS + self.HOLES + self.OTHERS, 1
        self.chance.shuffle(faults)
        for name, kind, *details in faults:
            lasts = 0 if kind in ("cut", "reset") else 5
            self.add(at, name, kind, lasts, *details, self.bucket.arrive())
            self.add(at + lasts / 2, "people", "change", self.bucket.arrive(), "no event")
            at += lasts + (18 if kind in ("stop", "crash", "wipe") and name in SLOW_STARTERS else 9)


def tell_step(step):
    words = [tell(each) if isinstance(each, arrivals.Change) else str(each) for each in step.arguments]
    return f"{step.at:6.2f} {step.actor:13} {step.action} {', '.join(words)}".rstrip()


def tell(change):
    return f"{change.key} {change.what} ({arrivals.describe(change.data)})"
