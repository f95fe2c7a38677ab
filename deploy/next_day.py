#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What happens to a bucket overnight, to a folder laid out as one (log_data/…, song_data/…): a day of events more, made
of the last one's, with a user whom nobody knew, and a day that is sent again corrected. The same for the same folder."""

import argparse
import collections
import datetime
import glob
import itertools
import json
import os

DAY_MS = 86_400_000
PLAY = ("song", "artist", "length")


def read_day(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_day(path, events):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(json.dumps(event, separators=(",", ":")).replace("/", "\\/") for event in events))


def plays_of(events):
    return [event for event in events if event["page"] == "NextSong"]


def next_day(events):
    """The same listeners a day later, each with the song of another; the busiest one's events are a newcomer's."""
    plays = [tuple(play[name] for name in PLAY) for play in plays_of(events)]
    turned = iter(plays[1:] + plays[:1])
    users = collections.Counter(event["userId"] for event in events if event["userId"])
    busiest = min(users, key=lambda user: (-users[user], user), default=None)
    for event in events:
        event["ts"] += DAY_MS
        if event["page"] == "NextSong":
            event.update(zip(PLAY, next(turned)))
        if busiest and event["userId"] == busiest:
            event.update(userId="1000001", firstName="Ottoline", lastName="Newcomer", gender="F", level="paid")
    return events


def correct(events, songs):
    """Every tenth play never was; every seventh of the others was of a song that we know."""
    known = itertools.cycle(songs)
    dropped = {id(play) for play in plays_of(events)[9::10]}
    events = [event for event in events if id(event) not in dropped]
    for play, song in zip(plays_of(events)[6::7], known):
        play.update(song=str(song["title"]), artist=str(song["artist_name"]), length=song["duration"])
    return events


def song_paths(folder):
    for parent, folders, names in os.walk(os.path.join(folder, "song_data")):
        folders.sort()  # os.walk goes on in this order
        yield from (os.path.join(parent, name) for name in sorted(names))


def known_songs(folder, count=50):
    songs = []
    for path in itertools.islice(song_paths(folder), count):
        with open(path, encoding="utf-8") as file:
            songs.append(json.load(file))
    return songs


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", metavar="DIR")
    folder = parser.parse_args(arguments).folder
    paths = sorted(glob.glob(os.path.join(folder, "log_data", "*", "*", "*-events.json")))
    if not paths:
        parser.error(f"there is no log_data/YYYY/MM/YYYY-MM-DD-events.json below {folder}")

    last = datetime.date.fromisoformat(os.path.basename(paths[-1])[:10])
    date = last + datetime.timedelta(1)
    new = os.path.join(folder, "log_data", f"{date:%Y}", f"{date:%m}", f"{date}-events.json")
    write_day(new, next_day(read_day(paths[-1])))
    old = paths[len(paths) // 2]
    write_day(old, correct(read_day(old), known_songs(folder)))
    print(f"New: {os.path.relpath(new, folder)}. Corrected: {os.path.relpath(old, folder)}.")


if __name__ == "__main__":
    main()
