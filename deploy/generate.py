#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Invents a music service's data in the layout that the demo and the tests load: the same bytes for the same arguments.

    OUT/log_data/YYYY/MM/YYYY-MM-DD-events.json   a day's events, one JSON object a line, no newline at the end
    OUT/song_data/A/B/C/TR….json                  one song
    OUT/log_json_path.json                        the events' columns

It is as untidy as such data is, on purpose: texts that arrive as JSON numbers, text decoded wrongly (--misdecode), events of
nobody, users who change their level or their name, artists with several names, songs that are there several times.
Every day and every song is made from the seed and its own number alone, so that a later day (--more-days) fits the
days that are there already."""

import argparse
import datetime
import json
import os
import random

COLUMNS = (
    "artist auth firstName gender itemInSession lastName length level location method page registration sessionId song"
    " status ts userAgent userId"
).split()

FIRST_NAMES = (
    "Adela Bastian Corin Damaris Edda Florin Gwen Hollis Imre Junia Kasimir Leonie Maris Nadim Odile Petra Quentin"
    " Rosalind Soren Tamsin Ulla Viktor Wanda Xenia Yorick Zelda"
).split()
LAST_NAMES = (
    "Ashgrove Birkett Calloway Dunmore Eastlake Fairweather Greenhalgh Holloway Inchbald Jessop Kettering Larkspur"
    " Merriweather Northcott Oakeshott Penrose Quillfeather Ravenscroft Silverthorne Thistlewood Underhill Vellacott"
).split()
PLACES = "Alder Birch Cedar Dun Elm Fern Glen Hazel Iron Juniper Kings Lime Maple North Oak Pine Quarry Rush".split()
PLACE_ENDS = "bridge brook dale field ford gate ham haven hurst mouth stead ton view well wick worth".split()
STATES = "AL CA CO FL GA IL MI MN NY OH OR PA TX WA WI".split()
ADJECTIVES = (
    "Amber Broken Copper Distant Electric Faded Gentle Hollow Idle Jagged Kindled Lonely Molten Nameless Opal Paper"
    " Quiet Restless Silver Tidal Umber Velvet Wandering Young Zigzag"
).split()
NOUNS = (
    "Anchors Bells Candles Doors Engines Foxes Gardens Harbours Islands Jackdaws Kites Lanterns Mirrors Needles Orchards"
    " Pilots Quarries Rivers Sparrows Towers Umbrellas Valleys Windmills Yards"
).split()
# Titles of what is played but not in song_data end in one of these, so that nothing matches by accident.
ELSEWHERE = ("(Live)", "(Acoustic)", "(Reprise)", "(Demo)", "(Album Version)", "(Radio Edit)")
AGENTS = (
    '"Mozilla/5.0 (Windows NT 6.1; WOW64) Larkweb/{}.36 (KHTML, like Heron) Sparrow/{}.0.1985.143 Safari/{}.36"',
    '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) Larkweb/{}.77.4 (KHTML, like Heron) Version/{}.0.6 Safari/{}.4"',
    '"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) Larkweb/{}.51.2 Version/{}.0 Mobile/11D257 Safari/{}.53"',
    "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Heron/{}0101 Vixen/{}.0",
)
# (page, method, status, weight) of what is not a song
PAGES = (
    ("Home", "GET", 200, 60), ("Settings", "GET", 200, 6), ("Downgrade", "GET", 200, 6), ("Help", "GET", 200, 5),
    ("About", "GET", 200, 4), ("Upgrade", "GET", 200, 3), ("Save Settings", "PUT", 307, 1), ("Error", "GET", 404, 1),
    ("Logout", "PUT", 307, 9),
)
LOGGED_OUT_PAGES = (("Home", "GET", 200, 6), ("Login", "PUT", 307, 3), ("About", "GET", 200, 1), ("Help", "GET", 200, 1))

SHARE_SONGS, SHARE_MATCHED, SHARE_SAME_LENGTH, SHARE_LOGGED_OUT = 0.85, 0.05, 0.95, 0.035
POOL_ELSEWHERE = 5000  # songs that are played and unknown
DAY_MS = 86_400_000


misdecodings = 0  # --misdecode


def misdecode(text):
    """UTF-8 taken for Latin-1, as often as the options say: after two times ö is four characters, two of them C1 controls."""
    for _ in range(misdecodings):
        text = text.encode("utf-8").decode("latin-1")
    return text


def log_json(value):
    """JSON as the events have it: / is escaped."""
    return json.dumps(value).replace("/", "\\/")


def base36(number, width):
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits


def place(rng):
    return f"{rng.choice(PLACES)}{rng.choice(PLACE_ENDS)}, {rng.choice(STATES)}"


class Catalogue:
    """The songs of song_data. What is odd about a song follows from its number; the first fifteen have one of each."""

    def __init__(self, seed, songs):
        self.seed = seed
        self.songs = [self.song(number) for number in range(songs)]

    def artist(self, number):
        rng = random.Random(f"{self.seed}/artist/{number}")
        name = f"{rng.choice(('The ', '', 'DJ '))}{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
        if rng.random() < 0.5:
            name += f" & {rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        located = rng.random() < 0.35
        location = place(rng) if rng.random() < 0.6 else ""
        if number % 601 == 2:
            name = 100 + number  # a JSON integer
        elif number % 19 == 5:
            name = misdecode(f"Bj\u00f6rn {rng.choice(LAST_NAMES)}")
        if number % 1201 == 3:
            location = 112 + number
        elif number % 901 == 4:
            location = None
        elif number % 907 == 6:
            location = f"{rng.choice(PLACES)}\t{rng.choice(PLACE_ENDS)}"
        return {
            "artist_id": f"AR{base36(rng.getrandbits(60), 12)}{base36(number, 4)}",
            "artist_latitude": round(rng.uniform(-60, 70), 5) if located else None,
            "artist_longitude": round(rng.uniform(-170, 170), 5) if located else None,
            "artist_location": location,
            "artist_name": name,
        }

    def song(self, number):
        rng = random.Random(f"{self.seed}/song/{number}")
        song = {"num_songs": 1, **self.artist(number * 2 // 3)}
        if rng.random() < 0.1 and isinstance(song["artist_name"], str):
            song["artist_name"] += f" feat. {rng.choice(FIRST_NAMES)}"  # the same artist by another name
        song["title"] = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(('', 'Song', 'Blues', 'Part II'))}".strip()
        song["duration"] = round(rng.uniform(30, 600), 5)
        song["year"] = rng.choice((0, rng.randrange(1950, 2011)))
        song["song_id"] = f"SO{base36(rng.getrandbits(60), 12)}{base36(number, 4)}"
        if number % 811 == 1:
            song["title"] = 1888 + number
        elif number == 2:
            song["title"] = 4.6
        elif number % 29 == 8:
            song["title"] = misdecode(f"Caf\u00e9 {song['title']} / \u00c5ngstr\u00f6m")
        if number % 40 in (10, 11, 12):
            self.repeat(song, number)
        return song

    def repeat(self, song, number):
        """One of three songs that are another one again: at another length, under another id, or under the same id."""
        original = self.song(number - 3) if number % 40 == 10 else self.song(number - number % 40 + 7)
        for key in ("title", "artist_name"):
            song[key] = original[key]
        if number % 40 == 11:
            song["duration"] = original["duration"]
        if number % 400 == 12:
            song["song_id"] = original["song_id"]

    def write(self, out):
        for number, song in enumerate(self.songs):
            rng = random.Random(f"{self.seed}/track/{number}")
            letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(2))
            track = f"TRA{letters}{base36(rng.getrandbits(45), 9)}{base36(number, 4)}"
            folder = os.path.join(out, "song_data", "A", *letters)
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{track}.json"), "w", encoding="ascii", newline="\n") as file:
                file.write(json.dumps(song, indent=2 if number % 50 == 9 else None))


class User:
    """A user's fields as JSON. Some change their level in the course of time, one in thirty the last name."""

    def __init__(self, seed, number, first_ms):
        rng = random.Random(f"{seed}/user/{number}")
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        location = place(rng)
        if number % 23 == 4:
            first = misdecode("Zo\u00eb")
        if number % 47 == 5:
            location = location.replace(", ", "\t")
        agent = rng.choice(AGENTS).format(rng.randrange(530, 540), rng.randrange(20, 40), rng.randrange(530, 540))
        self.id = log_json(str(number + 2))
        self.first, self.gender, self.location, self.agent = map(log_json, (first, rng.choice("FFM"), location, agent))
        self.registration = f"{first_ms - rng.randrange(30 * DAY_MS)}.0"
        self.levels = ('"free"', '"paid"') if rng.random() < 0.75 else ('"paid"', '"free"')
        self.switches = sorted(first_ms + rng.randrange(28 * DAY_MS) for _ in range(rng.choice((1, 2, 3)))) if number % 9 == 1 else []
        self.last, self.last_later = log_json(last), log_json(f"{last}-{rng.choice(LAST_NAMES)}")
        self.renamed_at = first_ms + rng.randrange(28 * DAY_MS) if number % 30 == 6 else None

    def level(self, ts):
        return self.levels[sum(ts >= switch for switch in self.switches) % 2] if self.switches else self.levels[0]

    def last_name(self, ts):
        return self.last if self.renamed_at is None or ts < self.renamed_at else self.last_later


def pick(pages, rng):
    return rng.choices(pages, weights=[page[3] for page in pages])[0]


class Service:
    """Users and what they play; writes days."""

    def __init__(self, arguments, songs):
        self.seed, self.events, self.days = arguments.seed, arguments.events, arguments.days
        self.first_day = arguments.first_day
        midnight = datetime.datetime.combine(self.first_day, datetime.time(), datetime.timezone.utc)
        self.first_ms = int(midnight.timestamp()) * 1000
        count = max(12, min(20000, self.events // 80))
        self.users = [User(self.seed, number, self.first_ms) for number in range(count)]
        self.known = [(log_json(str(s["title"])), log_json(str(s["artist_name"])), s["duration"]) for s in songs]
        rng = random.Random(f"{self.seed}/elsewhere")
        self.elsewhere = [self.unknown_song(rng) for _ in range(POOL_ELSEWHERE)]

    @staticmethod
    def unknown_song(rng):
        artist = f"{rng.choice(NOUNS)} of {rng.choice(LAST_NAMES)}"
        if rng.random() < 0.04:
            artist = misdecode(f"M\u00f6tley {artist}")
        title = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(ELSEWHERE)}"
        return log_json(title), log_json(artist), round(rng.uniform(30, 600), 5)

    def count(self, day):
        """How many events day has: of `events` in `days`, less at the weekend, and as many on the days after."""
        weights = [0.7 if (self.first_day + datetime.timedelta(each)).weekday() > 4 else 1 for each in range(max(self.days, day + 1))]
        scale = self.events / sum(weights[: self.days])
        return round(scale * sum(weights[: day + 1])) - round(scale * sum(weights[:day]))

    def play(self, rng):
        """(song, artist, length) as JSON texts; the low numbers are the popular ones."""
        if not self.known or rng.random() >= SHARE_MATCHED:
            title, artist, length = self.elsewhere[int(rng.random() ** 2 * POOL_ELSEWHERE)]
        else:
            title, artist, length = self.known[int(rng.random() ** 2 * len(self.known))]
            if rng.random() >= SHARE_SAME_LENGTH:
                length = round(length + rng.uniform(0.5, 9), 5)
        return title, artist, length

    def line(self, rng, user, ts, session, item, page=None, level=None):
        song, artist, length, method, status = "null", "null", "null", "PUT", 200
        if page is None:
            page, (song, artist, length) = "NextSong", self.play(rng)
        else:
            page, method, status, _ = page
        return (
            f'{{"artist":{artist},"auth":"Logged In","firstName":{user.first},"gender":{user.gender},"itemInSession":{item}'
            f',"lastName":{user.last_name(ts)},"length":{length},"level":{level or user.level(ts)},"location":{user.location}'
            f',"method":"{method}","page":"{page}","registration":{user.registration},"sessionId":{session},"song":{song}'
            f',"status":{status},"ts":{ts},"userAgent":{user.agent},"userId":{user.id}}}'
        )

    @staticmethod
    def line_of_nobody(rng, ts, session, item):
        page, method, status, _ = pick(LOGGED_OUT_PAGES, rng)
        return (
            f'{{"artist":null,"auth":"Logged Out","firstName":null,"gender":null,"itemInSession":{item},"lastName":null'
            f',"length":null,"level":"{rng.choice(("free", "paid"))}","location":null,"method":"{method}","page":"{page}"'
            f',"registration":null,"sessionId":{session},"song":null,"status":{status},"ts":{ts},"userAgent":null,"userId":""}}'
        )

    def session(self, rng, start_ms, session):
        """One user's events, a song's length or some seconds apart, until the day or the listener's wish ends."""
        user = self.users[int(rng.random() ** 2 * len(self.users))]
        ts = start_ms + int(rng.triangular(0, DAY_MS, DAY_MS * 0.7)) // 1000 * 1000 + 796
        item = 0
        while ts < start_ms + DAY_MS:
            what = rng.random()
            if what < SHARE_SONGS:
                yield ts, self.line(rng, user, ts, session, item)
                step = rng.randrange(60, 400)
            elif what < SHARE_SONGS + SHARE_LOGGED_OUT:
                yield ts, self.line_of_nobody(rng, ts, session, item)
                step = rng.randrange(1, 60)
            else:
                page = pick(PAGES, rng)
                yield ts, self.line(rng, user, ts, session, item, page)
                step = rng.randrange(1, 60)
                if page[0] == "Logout":
                    return
            item += 1
            ts += step * 1000
            if rng.random() < 0.04:
                return

    def day(self, day):
        """The lines of a day, by time. Two users play at one instant; on some days one does, at two levels, as the last."""
        rng = random.Random(f"{self.seed}/day/{day}")
        start_ms, wanted = self.first_ms + day * DAY_MS, self.count(day)
        events, session = [], day * 100_000
        both_levels = ((2, '"free"'), (2, '"paid"')) if day % 10 == 3 else ()
        for offset, level in ((0, None), (1, None), *both_levels):
            user = self.users[(day + offset) % len(self.users)]
            ts = start_ms + (1 if offset < 2 else DAY_MS - 1)
            events.append((ts, self.line(rng, user, ts, session, 0, level=level)))
        while len(events) < wanted:
            session += 1
            events += self.session(rng, start_ms, session)
        events = events[:wanted]
        events.sort(key=lambda event: event[0])
        return [line for _, line in events]

    def write_day(self, out, day):
        lines = self.day(day)
        date = self.first_day + datetime.timedelta(day)
        folder = os.path.join(out, "log_data", f"{date:%Y}", f"{date:%m}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{date:%Y-%m-%d}-events.json"), "w", encoding="ascii", newline="\n") as file:
            file.write("\n".join(lines))
        return len(lines)


def write_columns(out):
    with open(os.path.join(out, "log_json_path.json"), "w", encoding="ascii", newline="\n") as file:
        json.dump({"jsonpaths": [f"$['{column}']" for column in COLUMNS]}, file, indent=4)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", metavar="OUT", help="the folder to write below")
    parser.add_argument("--seed", type=int, default=1, help="other data for another number (%(default)s)")
    parser.add_argument("--days", type=int, default=30, help="how many days of events (%(default)s)")
    parser.add_argument("--events", type=int, default=8000, help="how many events on those days (%(default)s)")
    parser.add_argument("--songs", type=int, default=1500, help="how many songs (%(default)s)")
    parser.add_argument("--first-day", type=datetime.date.fromisoformat, default=datetime.date(2018, 11, 1))
    parser.add_argument("--misdecode", type=int, default=0, metavar="N", help="UTF-8 was taken for Latin-1 N times (%(default)s)")
    parser.add_argument("--more-days", type=int, metavar="N", help="write only the N days after --days")
    options = parser.parse_args(arguments)
    if min(options.days, options.events, options.songs) < 0 or options.days == 0:
        parser.error("--days must be at least 1, --events and --songs at least 0")
    return options


def main(arguments=None):
    global misdecodings
    options = parse(arguments)
    misdecodings = options.misdecode
    os.makedirs(options.out, exist_ok=True)
    catalogue = Catalogue(options.seed, options.songs)
    service = Service(options, catalogue.songs)
    days = range(options.days, options.days + options.more_days) if options.more_days else range(options.days)
    if not options.more_days:
        catalogue.write(options.out)
        write_columns(options.out)
    count = sum(service.write_day(options.out, day) for day in days)
    songs = "" if options.more_days else f" and {options.songs} songs"
    print(f"Wrote {count} events of {len(days)} days{songs} to {options.out}.")


if __name__ == "__main__":
    main()
