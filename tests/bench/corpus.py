# SPDX-License-Identifier: Apache-2.0
"""The data of the benchmark, made of one month of events and of songs: a folder's, or generated ones."""

import contextlib
import dataclasses
import functools
import json
import re
import sys
import tarfile
from pathlib import Path

import put as uploader
from support.fleet import generate

DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
PART_EVENTS = 3218  # 1,007,000 events are 313 objects
TS = re.compile(r'"ts":(\d+)')
FIRST_DAY_MS = 1_541_030_400_000  # 2018-11-01
LATE_PLAYS = 5  # of a late song on a day that has any
LATE_ARTIST = "The Latecomers"


@dataclasses.dataclass(frozen=True)
class Scale:
    copies: int  # of the month's events
    days: int  # of the warehouse that is up to date
    day_events: int
    late_songs: int
    late_days: int  # that have plays of one set of late songs
    keys: int  # to list
    generated: dict


SCALES = {
    "full": Scale(125, 1000, 1000, 100, 20, 1_000_000, {"days": 30, "events": 8056, "songs": 14896}),
    "small": Scale(2, 20, 50, 5, 2, 5000, {"days": 30, "events": 2000, "songs": 200}),
}


def find_data(data, folder, scale):
    """The folder with log_data, song_data and log_json_path.json: data itself, what its archive has, or generated."""
    if data is None:
        with contextlib.redirect_stdout(sys.stderr):
            return generate(folder / "generated", **scale.generated)
    data = Path(data)
    if (data / "log_data").is_dir():
        return data
    (archive,) = data.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder / "data")
    return folder / "data"


class Corpus:
    def __init__(self, servers, data, folder, scale):
        self.scale, self.folder, self.s3 = scale, folder, servers.connect_s3()
        self.data = find_data(data, folder, scale)

    @functools.cached_property
    def events(self):
        """The month's events, one JSON text each."""
        files = sorted((self.data / "log_data").rglob("*.json"))
        return [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]

    @functools.cached_property
    def songs(self):
        """All songs as one object."""
        return "\n".join(file.read_text(encoding="utf-8") for file in sorted((self.data / "song_data").rglob("*.json"))).encode()

    @functools.cached_property
    def paths(self):
        return (self.data / "log_json_path.json").read_bytes()

    @functools.cached_property
    def month(self):
        """The locations of a bucket with the data as they are: many small objects."""
        uploader.put(str(self.data), "month", s3=self.s3)
        return {name: f"s3://month/{key}" for name, key in (
            ("LOG_DATA", "log_data"), ("LOG_JSONPATH", "log_json_path.json"), ("SONG_DATA", "song_data"),
        )}

    @functools.cached_property
    def million(self):
        """Those of a bucket with the events of many months, and no songs."""
        folder = self.folder / "million"
        (folder / "log_data").mkdir(parents=True)
        (folder / "log_json_path.json").write_bytes(self.paths)
        shifted = (
            TS.sub(lambda ts, by=copy * MONTH_MS: f'"ts":{int(ts[1]) + by}', line) for copy in range(self.scale.copies) for line in self.events
        )
        lines = list(shifted)
        for part, first in enumerate(range(0, len(lines), PART_EVENTS)):
            text = "\n".join(lines[first : first + PART_EVENTS])
            (folder / "log_data" / f"part-{part:04}.json").write_text(text, encoding="utf-8")
        uploader.put(str(folder), "million", s3=self.s3)
        return {"LOG_DATA": "s3://million/log_data", "LOG_JSONPATH": "s3://million/log_json_path.json", "SONG_DATA": None}

    def day_key(self, day):
        return f"log_data/day-{day:05}.json"

    def day(self, day):
        """The events of a day as a list of JSON texts, at even steps of time; some are plays of songs that come late."""
        count, first = self.scale.day_events, day * self.scale.day_events
        step = DAY_MS // count
        late = iter(self.late_titles(day))
        texts = []
        for number in range(count):
            text = self.events[(first + number) % len(self.events)]
            text = TS.sub(f'"ts":{FIRST_DAY_MS + day * DAY_MS + number * step}', text)
            title = next(late, None) if '"NextSong"' in text else None
            texts.append(json.dumps(json.loads(text) | {"song": title, "artist": LATE_ARTIST}) if title else text)
        return texts

    def late_titles(self, day):
        if day >= self.scale.days:
            return []
        return [f"Late {day // self.scale.late_days}/{number}" for number in range(self.scale.late_songs)] * LATE_PLAYS

    def late_songs(self, number):
        """(key, JSON) of the songs of that set, whose plays are there already."""
        for song in range(self.scale.late_songs):
            row = {
                "num_songs": 1, "artist_id": "ARLATE", "artist_latitude": None, "artist_longitude": None, "artist_location": "",
                "artist_name": LATE_ARTIST, "song_id": f"SOLATE{number:03}{song:05}", "title": f"Late {number}/{song}",
                "duration": 200.5, "year": 0,
            }
            yield f"song_data/late/{number:03}/{song:05}.json", json.dumps(row)

    def late_plays(self, number):
        """The plays of those songs alone, as one object."""
        days = range(number * self.scale.late_days, (number + 1) * self.scale.late_days)
        return "\n".join(text for day in days for text in self.day(day) if LATE_ARTIST in text).encode()
