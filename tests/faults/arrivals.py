# SPDX-License-Identifier: Apache-2.0
"""What people do to a bucket: objects come, are corrected, vanish, come back, are bad and get mended; drawn at random.

So that what must be loaded at the end follows from the bucket alone: events have on_vanish = remove, songs have keep. An
event's object vanishes as it likes. A song's object vanishes only if it is one of the first, which were loaded before
the first fault and are never corrected: so it is known which content is kept. Bad ones are mended in the end."""

import collections
import gzip
import json

from support import history

Change = collections.namedtuple("Change", "key data what")  # data None: a deletion

GZIP = b"\x1f\x8b"


def dataset_of(key):
    return "songs" if key.startswith("song_data/") else "events"


def plain(data):
    """The rows of a good object."""
    return gzip.decompress(data) if data.startswith(GZIP) else data


def describe(data):
    if data is None:
        return "gone"
    return f"{len(data)} bytes{', gzip' if data.startswith(GZIP) else ''}"


class Bucket:
    """The content as it comes to be, and the changes that are possible next; each returns a Change, or None."""

    def __init__(self, chance):
        self.chance = chance
        self.objects = {}  # key → data
        self.earlier = collections.defaultdict(list)  # key → all the good contents that it had
        self.first, self.kept = set(), {}  # songs that are not corrected; songs that vanished, with their data
        self.songs_stay = False  # where the tables are made again: whether a song that vanished is kept depends on when
        self.awaited = set()  # come at a time that nobody knows yet, so nothing happens to them
        self.bad = set()  # keys whose content is bad now
        self.ever_bad = set()
        self.numbers = {"events": 0, "songs": 0}

    # --- contents ----------------------------------------------------------------------------------------------------------

    def rows(self, dataset):
        pick = self.chance.choice
        if dataset == "songs":
            return [history.song(pick) for _ in range(pick((1, 1, 1, 2, 5)))]
        return [history.event(pick) for _ in range(pick((1, 3, 10, 30, 30, 400)))]

    def good(self, key):
        rows = self.rows(dataset_of(key))
        text = pick_layout(self.chance, rows)
        if self.chance.random() < 0.02:
            text = b""
        return gzip.compress(text, mtime=0) if self.chance.random() < 0.25 else text

    def spoiled(self, key):
        """Bad in a way that has to be rejected."""
        row = {"year" if dataset_of(key) == "songs" else "sessionId": "soon"}
        text = pick_layout(self.chance, [*self.rows("events"), row])
        compressed = gzip.compress(text, mtime=0)
        return self.chance.choice((text, compressed, compressed[: len(compressed) // 2], b"{" + text, b"\xff" + text))

    # --- changes -----------------------------------------------------------------------------------------------------------

    def new_key(self, dataset):
        self.numbers[dataset] += 1
        number = self.numbers[dataset]
        if dataset == "songs":
            return f"song_data/{'ABC'[number % 3]}/{'AB'[number % 2]}/A/TR{number:06}.json"
        return f"log_data/2018/11/2018-11-{number % 28 + 1:02}-events-{number}.json"

    def put(self, key, data, what):
        self.objects[key] = data
        self.bad.discard(key)
        if data not in self.earlier[key]:
            self.earlier[key].append(data)
        return Change(key, data, what)

    def arrive(self, dataset=None):
        key = self.new_key(dataset or self.chance.choice(("events", "events", "songs")))
        return self.put(key, self.good(key), "arrives")

    def arrive_later(self, dataset="events"):
        change = self.arrive(dataset)
        self.awaited.add(change.key)
        return change

    def any_key(self, keys):
        keys = sorted(set(keys) - self.awaited)
        return self.chance.choice(keys) if keys else None

    def correct(self):
        key = self.any_key(self.objects.keys() - self.first - self.bad)
        return key and self.put(key, self.good(key), "is corrected")

    def revert(self):
        """Back to a content that it had: A, B, A."""
        key = self.any_key(key for key in self.objects if len(self.earlier[key]) > 1)
        return key and self.put(key, self.chance.choice(self.earlier[key]), "goes back to an earlier content")

    def spoil(self):
        """A new object, or one that was good."""
        key = self.any_key(self.objects.keys() - self.first) if self.chance.random() < 0.5 else self.new_key("events")
        if not key:
            return None
        data = self.spoiled(key)
        self.objects[key] = data
        self.bad.add(key)
        self.ever_bad.add(key)
        return Change(key, data, "is bad")

    def mend(self):
        key = self.any_key(self.bad)
        return key and self.put(key, self.good(key), "is mended")

    def vanish(self):
        key = self.any_key((set() if self.songs_stay else self.first) | {key for key in self.objects if dataset_of(key) == "events"})
        if not key:
            return None
        data = self.objects.pop(key)
        self.bad.discard(key)
        if key in self.first:
            self.first.discard(key)
            self.kept[key] = data
        return Change(key, None, "vanishes")

    def come_back(self):
        """With a content that it had, or another one."""
        key = self.any_key(key for key, data in self.earlier.items() if data and key not in self.objects and key not in self.kept)
        if not key:
            return None
        data = self.chance.choice(self.earlier[key]) if self.chance.random() < 0.5 else self.good(key)
        return self.put(key, data, "comes back")

    def anything(self):
        often = (self.arrive,) * 6 + (self.correct,) * 5 + (self.revert,) * 3 + (self.vanish,) * 2
        kinds = (*often, self.come_back, self.spoil, self.mend)
        while not (change := self.chance.choice(kinds)()):
            pass
        return change

    def begin(self, events, songs):
        """The first objects."""
        changes = [self.arrive("events") for _ in range(events)] + [self.arrive("songs") for _ in range(songs)]
        self.first = {change.key for change in changes if dataset_of(change.key) == "songs"}
        return changes

    def expected(self):
        """Key → rows, as golden.compute() takes them."""
        assert not self.bad
        return {key: plain(data) for key, data in (self.objects | self.kept).items()}


def pick_layout(chance, rows):
    """JSON as people write it: a row a line, with or without an end of the last, or indented."""
    layout = chance.choice(("\n", "\n", "\r\n", " "))
    indent = chance.choice((None, None, None, 2))
    return layout.join([json.dumps(row, indent=indent) for row in rows] + chance.choice(([], [""]))).encode()
