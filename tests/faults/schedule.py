# SPDX-License-Identifier: Apache-2.0
"""What happens in a seed, drawn before it begins: the same seed, the same schedule. Touches no clock and no process.

Each actor (the bucket's people, a process, a server, an operator, an inspector, who holds locks) does its steps one after
the other, while the others do theirs; times are seconds since the first fault."""

import collections
import itertools
import random

import arrivals
import roles
import troubles

CHAOS_S = 22
DATA_GAP_S = 0.4  # about 55 changes, in as many passes as fit
WORKERS, COORDINATORS = ("worker-0", "worker-1", "worker-2"), ("coordinator-0", "coordinator-1")
SERVICES = ("postgres", "kafka", "s3proxy")
# What S3 tells of a change, rightly or not; each only shortens a wait.
TIDINGS = ("no event", "no event", "an event", "an event", "two events", "an event of another object", "an event that is no JSON")
ENDS = ("and comes through", "and is reset")  # of a black hole
JUMPS = (-20, -120, -600, -3600)
LONG = ("stop", "hang", "block")  # which may last longer than STALL_S; a worker's, until others have done its tasks
SLOW_STARTERS = ("kafka", "s3proxy")  # seconds of both cores, so once a seed
FIRST_EVENTS, FIRST_SONGS = 6, 8

# What a schedule may have. Each seed has all of the first, and some of the second.
COMMON = ("processes", "servers", "locks", "operator")
SPECIAL = ("bucket", "table", "executors", "stderr", "drop", "clock", "roles")
SPECIAL_COUNT = 3
KINDS = COMMON + SPECIAL

# Locks from outside, so that the processes are met in the middle of what they do.
LOCKS = {
    "loads": "LOCK TABLE staging_events, staging_songs IN SHARE MODE",
    "fences": "SELECT FROM copyfleet.tasks FOR NO KEY UPDATE",
    "attempts": "LOCK TABLE copyfleet.attempts IN EXCLUSIVE MODE",
    "plans": "LOCK TABLE copyfleet.versions IN EXCLUSIVE MODE",
    "transforms": "LOCK TABLE songplays IN SHARE MODE",
    "transforms' ends": "LOCK TABLE time IN SHARE MODE",
}

# Where a worker is stopped that must come back to another ledger: before its rows, at the fence, or between the attempt that it has
# begun and its transaction.
MET_AT = ("loads", "fences", "attempts", "attempts")

Step = collections.namedtuple("Step", "at actor action arguments")


def kinds(text):
    """As a person names them."""
    named = text.split(",")
    if unknown := set(named) - set(KINDS):
        raise ValueError(f"{unknown} are no kinds")
    return named


class Schedule:
    def __init__(self, seed, kinds=None, without=()):
        self.chance = random.Random(seed)
        drawn = {*COMMON, *self.chance.sample(SPECIAL, SPECIAL_COUNT)}
        self.kinds = (drawn if kinds is None else set(kinds)) - set(without)
        self.roles = self.chance.choice([each for each in roles.KINDS if each != "one"]) if "roles" in self.kinds else "one"
        self.has_events, self.has_horizon, self.skips = (self.chance.random() < 0.5 for _ in range(3))
        self.gap = self.chance.choice((0.5, 1, 1, 3))  # between a server's faults: in some seeds there is more time to get on
        self.spares = self.chance.random() < 0.25  # the processes, which then live through many faults of the servers
        self.bucket = arrivals.Bucket(self.chance)
        self.bucket.songs_stay = "drop" in self.kinds
        self.first = self.bucket.begin(FIRST_EVENTS, FIRST_SONGS)
        self.steps = []
        self.draw()
        self.steps.sort(key=lambda step: step.at)

    def draw(self):
        if not self.spares:
            self.draw_processes()
        if "servers" in self.kinds:
            for service in SERVICES:
                self.draw_service(service)
        if self.kinds & {"bucket", "table"}:
            self.draw_troubles()
        if "locks" in self.kinds:
            self.draw_locks()
        if "clock" in self.kinds:
            self.draw_jumps()
        self.draw_changes()
        if "operator" in self.kinds:
            self.draw_operator()
        self.draw_inspections()

    def draw_processes(self):
        signals = ("kill", "kill", "stop", "stop", "terminate") if "processes" in self.kinds else ()
        blocks = ("block",) * 3 if "stderr" in self.kinds else ()
        hangs = ("hang",) * 3 if "executors" in self.kinds else ()
        for worker in WORKERS:
            self.draw_process(worker, signals + blocks + hangs)
        for coordinator in COORDINATORS:
            self.draw_process(coordinator, signals + blocks + ("reload",))

    def add(self, at, actor, action, *arguments):
        self.steps.append(Step(at, actor, action, arguments))

    def seconds(self, low, high):
        return round(self.chance.uniform(low, high), 2)

    def draw_process(self, name, actions):
        at = self.seconds(0, 6)
        if "drop" in self.kinds and name == WORKERS[0]:
            self.add(at, name, "outlive", self.chance.choice(MET_AT), self.chance.random() < 0.5)
            at += self.seconds(8, 12)
        while actions and at < CHAOS_S:
            action = self.chance.choice(actions)
            lasts = 0 if action == "reload" else self.seconds(0, self.chance.choice((0.2, 2, 8 if action in LONG else 2)))
            self.add(at, name, action, lasts, *self.draw_details(name, action))
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

    def draw_details(self, name, action):
        """The lock at which it is met, or None: wherever it is. Then which thread hangs, or how the clock jumps meanwhile."""
        if action not in LONG:
            return []
        met_at = self.chance.choice((None, "loads", "fences", "attempts")) if name in WORKERS else None
        jump = self.chance.choice((0, *JUMPS)) if "clock" in self.kinds else 0
        return [met_at] + {"hang": [self.chance.randrange(6)], "stop": [jump]}.get(action, [])

    def draw_troubles(self):
        """One after the other: while one dataset has its trouble, the other one has none."""
        tables = [each for each in troubles.TABLE if each != "revoke" or self.roles != "one"]
        choices = [troubles.BUCKET] * ("bucket" in self.kinds) + [tables] * ("table" in self.kinds)
        at = self.seconds(0, 6)
        while at < CHAOS_S:
            dataset, how = self.chance.choice(("events", "songs")), self.chance.choice(self.chance.choice(choices))
            lasts = self.seconds(0.1, self.chance.choice((1, 3, 7)))
            self.add(at, "troubles", "fail", dataset, how, lasts)
            at += lasts + self.seconds(2, 6)

    def draw_jumps(self):
        """Of the server's clock: back by minutes, and right again, or not before the end."""
        at = self.seconds(2, 8)
        while at < CHAOS_S:
            self.add(at, "clock", "jump", self.chance.choice(JUMPS))
            at += self.seconds(3, 12)
            if self.chance.random() < 0.6:
                self.add(at, "clock", "jump", 0)
                at += self.seconds(1, 6)

    def draw_locks(self):
        at = self.seconds(0, 4)
        while at < CHAOS_S:
            lasts = self.seconds(0.1, 2)
            self.add(at, "locks", "hold", lasts, self.chance.choice(sorted(LOCKS)))
            at += lasts + self.seconds(0.2, 4)

    def draw_changes(self):
        """Changes at any time, arrivals at the end of servers' faults, and a last mending of all that is bad."""
        plans = [(step.at, step) for step in self.steps if step.actor in (*SERVICES, "troubles")]
        at = 0.0
        while at < CHAOS_S:
            plans.append((at, None))
            at = round(at + self.chance.expovariate(1 / DATA_GAP_S), 2)
        for at, step in sorted(plans, key=lambda plan: plan[0]):
            if step:
                changes = [self.bucket.arrive_later(each)._replace(what="arrives then") for each in self.arriving(step)]
                self.steps[self.steps.index(step)] = step._replace(arguments=(*step.arguments, *changes))
            else:
                self.add(at, "people", "change", self.bucket.anything(), self.chance.choice(TIDINGS))
        while change := self.bucket.mend():
            self.add(CHAOS_S, "people", "change", change, "no event")

    @staticmethod
    def arriving(step):
        """Datasets: after a server's fault, an event; in a dataset's trouble an object of the other one, then of its own."""
        if step.actor in SERVICES:
            return ("events",)
        return ("songs", "events") if step.arguments[0] == "events" else ("events", "songs")

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
        kinds = f"kinds: {', '.join(each for each in KINDS if each in self.kinds)}; roles: {self.roles}"
        lines = [kinds, f"settings: {', '.join(settings)}"] + [f"first: {tell(change)}" for change in self.first]
        return "\n".join(lines + [tell_step(step) for step in self.steps]) + "\n"


class OneByOne(Schedule):
    """Each fault of a server, a bucket or a table alone, with time to recover, and nothing else: to measure it."""

    RESTARTS = [("postgres", kind) for kind in ("stop", "crash")] + [
        (name, kind) for name in SLOW_STARTERS for kind in ("stop", "crash", *("wipe",) * (name == "kafka"))
    ]
    HOLES = list(itertools.product(SERVICES, ("stall", "lose"), ENDS))
    OTHERS = [(name, kind) for name in SERVICES for kind in ("cut", "reset", "refuse")]

    def __init__(self, seed, **_):
        super().__init__(seed, kinds=())

    def draw(self):
        self.has_events = self.has_horizon = self.skips = False
        alone = [("troubles", *each) for each in itertools.product(troubles.TABLES, troubles.BUCKET + troubles.TABLE) if each[1] != "revoke"]
        faults, at = self.RESTARTS + self.HOLES + self.OTHERS + alone, 1
        self.chance.shuffle(faults)
        for name, kind, *details in faults:
            if name == "troubles":
                at = self.draw_trouble(at, kind, *details)
                continue
            lasts = 0 if kind in ("cut", "reset") else 5
            self.add(at, name, kind, lasts, *details, self.bucket.arrive())
            self.add(at + lasts / 2, "people", "change", self.bucket.arrive(), "no event")
            at += lasts + (18 if kind in ("stop", "crash", "wipe") and name in SLOW_STARTERS else 9)

    def draw_trouble(self, at, dataset, how):
        other = "songs" if dataset == "events" else "events"
        self.add(at, "troubles", "fail", dataset, how, 5, self.bucket.arrive(other), self.bucket.arrive(dataset))
        self.add(at + 2, "people", "change", self.bucket.arrive(dataset), "no event")
        return at + 5 + 9


def tell_step(step):
    words = [tell(each) if isinstance(each, arrivals.Change) else str(each) for each in step.arguments]
    return f"{step.at:6.2f} {step.actor:13} {step.action} {', '.join(words)}".rstrip()


def tell(change):
    return f"{change.key} {change.what} ({arrivals.describe(change.data)})"
