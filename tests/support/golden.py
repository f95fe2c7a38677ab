# SPDX-License-Identifier: Apache-2.0
"""What must come out: the star schema computed from the objects' bytes in plain Python, and the same read from a warehouse.

Written from the rules, not from the SQL that it judges. Texts are compared as bytes of UTF-8 and nulls come last."""

import collections
import datetime
import json
import os

TABLES = {
    "songplays": "start_time user_id level song_id artist_id session_id location user_agent".split(),
    "users": "user_id first_name last_name gender level".split(),
    "songs": "song_id title artist_id year duration".split(),
    "artists": "artist_id name location latitude longitude".split(),
    "time": "start_time hour day week month year weekday".split(),
}
EPOCH = datetime.datetime(1970, 1, 1)


class Number(str):
    """A JSON number as its characters, which is what a text column gets of it."""


def rows(data):
    """The JSON values of an object, one after the other, however they are laid out."""
    decoder = json.JSONDecoder(parse_float=Number, parse_int=Number)
    text, position = data.decode("utf-8"), 0
    while position < len(text):
        if text[position] in " \t\r\n":
            position += 1
            continue
        row, position = decoder.raw_decode(text, position)
        yield row


def text(value):
    return None if value is None else str(value)


def name_of(value):
    """An id: an empty one is none."""
    return text(value) or None


def integer(value):
    return None if value is None else int(value)


def real(value):
    return None if value is None else float(value)


def order(*values):
    """A sort key: bytes for texts, nulls last."""
    return tuple((value is None, value.encode("utf-8") if isinstance(value, str) else value or 0) for value in values)


def instant(milliseconds):
    """Exact where fromtimestamp() would go through a double."""
    return None if milliseconds is None else EPOCH + datetime.timedelta(milliseconds=milliseconds)


class Star:
    """The tables: songplays by (key, ordinal in the object), the others as sorted lists, so that a doubled row shows."""

    def __init__(self, songplays, **tables):
        self.songplays = songplays
        self.tables = {name: sorted(rows, key=lambda row: order(*row)) for name, rows in tables.items()}

    def counts(self):
        matched = sum(play[3] is not None for play in self.songplays.values())
        return {"songplays": len(self.songplays), "matched": matched} | {name: len(rows) for name, rows in self.tables.items()}


def difference(name, expected, actual):
    """A sentence about the rows that only one of the two has, or none."""
    expected, actual = collections.Counter(expected), collections.Counter(actual)
    missing, surplus = list((expected - actual).elements()), list((actual - expected).elements())
    if not missing and not surplus:
        return []
    return [f"{name}: {len(missing)} missing, such as {missing[:2]}; {len(surplus)} too many, such as {surplus[:2]}"]


def differences(expected, actual):
    found = difference("songplays", expected.songplays.items(), actual.songplays.items())
    for name, table in expected.tables.items():
        found += difference(name, table, actual.tables[name])
    return found


class Songs:
    """The rows of song_data, as candidates of a play and as the tables songs and artists."""

    def __init__(self, songs):
        self.songs = [
            (
                name_of(row.get("song_id")), text(row.get("title")), name_of(row.get("artist_id")),
                integer(row.get("year")), real(row.get("duration")),
                text(row.get("artist_name")), text(row.get("artist_location")),
                real(row.get("artist_latitude")), real(row.get("artist_longitude")),
            )
            for row in songs
        ]
        self.by_name = collections.defaultdict(list)
        for song in self.songs:
            if song[0] is not None:
                self.by_name[song[1], song[5]].append(song)

    def match(self, title, artist, length):
        """(song_id, artist_id) of the nearest in duration of those with this title and artist."""
        candidates = self.by_name.get((title, artist), ()) if title is not None and artist is not None else ()
        if not candidates:
            return None, None

        def rank(song):
            distance = None if song[4] is None or length is None else abs(song[4] - length)
            return order(distance, song[0], song[2])

        best = min(candidates, key=rank)
        return best[0], best[2]

    def table(self, identifier, *columns):
        """One row an id: the smallest of its values."""
        kept = {}
        for song in self.songs:
            key, values = song[identifier], tuple(song[column] for column in columns)
            if key is not None and (key not in kept or order(*values) < order(*kept[key])):
                kept[key] = values
        return [(key, *values) for key, values in kept.items()]


def latest_users(events):
    kept = {}
    for event in events:
        user, ts = name_of(event.get("userId")), integer(event.get("ts"))
        if user is None:
            continue
        values = tuple(text(event.get(name)) for name in ("firstName", "lastName", "gender", "level"))
        rank = (ts is None, -(ts or 0), order(*values))
        if user not in kept or rank < kept[user][0]:
            kept[user] = rank, values
    return [(user, *values) for user, (_, values) in kept.items()]


def time_row(start):
    return (start, start.hour, start.day, start.isocalendar()[1], start.month, start.year, start.isoweekday() % 7)


def compute(objects, events_prefix="log_data/", songs_prefix="song_data/"):
    """The star schema of objects, a dictionary of key → bytes."""
    songs = Songs(row for key, data in objects.items() if key.startswith(songs_prefix) for row in rows(data))
    events = {
        (key, ordinal): row
        for key, data in objects.items()
        if key.startswith(events_prefix)
        for ordinal, row in enumerate(rows(data))
    }
    songplays = {}
    for place, event in events.items():
        if event.get("page") != "NextSong":
            continue
        song, artist = songs.match(text(event.get("song")), text(event.get("artist")), real(event.get("length")))
        songplays[place] = (
            instant(integer(event.get("ts"))), name_of(event.get("userId")), text(event.get("level")), song, artist,
            integer(event.get("sessionId")), text(event.get("location")), text(event.get("userAgent")),
        )
    starts = {play[0] for play in songplays.values()} - {None}
    return Star(
        songplays,
        users=latest_users(events.values()),
        songs=songs.table(0, 1, 2, 3, 4),
        artists=songs.table(2, 5, 6, 7, 8),
        time=[time_row(start) for start in starts],
    )


def read_folder(folder):
    """The files below a folder as objects."""
    objects = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                objects[os.path.relpath(path, folder)] = file.read()
    return objects


def plain(value):
    """A value as compute() has it, whatever the column's type makes of it on the way."""
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value


CASTS = {name: "double precision" for name in ("duration", "latitude", "longitude")} | {"user_id": "text"}


def select(table):
    return ", ".join(f"{table}.{name}::{CASTS[name]}" if name in CASTS else f"{table}.{name}" for name in TABLES[table])


def read_warehouse(query):
    """The star schema of a warehouse; query(sql) gives rows. A play is named by the key and ordinal inside its id."""
    tables = {}
    for name in TABLES:
        if name != "songplays":
            tables[name] = [tuple(map(plain, row)) for row in query(f"SELECT {select(name)} FROM {name}")]
    plays = query(
        f"SELECT o.key, songplay_id % 10000000000, {select('songplays')} FROM songplays"
        " LEFT JOIN copyfleet.objects o ON o.object = songplay_id / 10000000000"
    )
    songplays = {(row[0], row[1]): tuple(map(plain, row[2:])) for row in plays}
    assert len(songplays) == len(plays), "songplays has one play twice, or plays of no known object"
    return Star(songplays, **tables)
