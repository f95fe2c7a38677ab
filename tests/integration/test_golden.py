# SPDX-License-Identifier: Apache-2.0
"""The calculator of the expected tables, held against tables written by hand."""

import datetime
import json

from support import golden


def song(song_id, title="T", artist="A", duration=100.0, artist_id="AR1", year=2000, **more):
    return {
        "song_id": song_id, "title": title, "artist_id": artist_id, "artist_name": artist, "duration": duration, "year": year,
        "artist_location": None, "artist_latitude": None, "artist_longitude": None, **more,
    }


def play(ts=0, title="T", artist="A", length=100.0, user="1", page="NextSong", level="free", last="L"):
    return {
        "page": page, "song": title, "artist": artist, "length": length, "userId": user, "ts": ts, "level": level,
        "firstName": "F", "lastName": last, "gender": "F", "sessionId": 7, "location": "here", "userAgent": "agent",
    }


def compute(events, songs):
    objects = {f"song_data/{number}": json.dumps(each).encode() for number, each in enumerate(songs)}
    objects["log_data/day"] = "\n".join(map(json.dumps, events)).encode()
    return golden.compute(objects)


def matches(events, songs):
    return [row[3] for _, row in sorted(compute(events, songs).songplays.items())]


def test_nearest_duration_then_smallest_id_in_bytes():
    songs = [song("b", duration=101.0), song("a", duration=None), song("c", duration=99.5), song("B", duration=99.5)]
    assert matches([play(length=100.0), play(length=103.0), play(length=None)], songs) == ["B", "b", "B"]
    assert matches([play(artist="other"), play(title=None)], songs) == [None, None]


def test_the_same_id_twice_ends_with_the_smallest_artist():
    star = compute([play()], [song("a", artist_id="z"), song("a", artist_id="y")])
    assert star.songplays["log_data/day", 0][3:5] == ("a", "y")
    assert star.tables["songs"] == [("a", "T", "y", 2000, 100.0)]


def test_numbers_keep_their_characters():
    data = b'{"song_id":"s","title":4.60,"artist_name":112,"artist_id":"a","duration":1,"year":0}'
    songs = golden.compute({"song_data/1": data}).tables
    assert songs["songs"] == [("s", "4.60", "a", 0, 1.0)]
    assert songs["artists"] == [("a", "112", None, None, None)]


def test_latest_event_of_a_user_wins_whatever_its_page():
    events = [play(5, level="paid"), play(9, page="Home", level="free"), play(None, level="paid"), play(7, user=""), play(8, user=None)]
    assert compute(events, []).tables["users"] == [("1", "F", "L", "F", "free")]
    tied = [play(9, last="b"), play(9, last="a"), play(9, last=None)]
    assert compute(tied, []).tables["users"] == [("1", "F", "a", "F", "free")]


def test_plays_of_nobody_count_and_times_are_of_plays_only():
    sunday = 1_541_289_600_796  # 2018-11-04, the last day of ISO week 44
    star = compute([play(sunday, user=""), play(sunday), play(1, page="Home"), play(None)], [])
    start = datetime.datetime(2018, 11, 4, 0, 0, 0, 796000)
    assert [row[:2] for row in star.songplays.values()] == [(start, None), (start, "1"), (None, "1")]
    assert star.tables["time"] == [(start, 0, 4, 44, 11, 2018, 0)]


def test_rows_are_delimited_by_json():
    assert list(golden.rows(b'{"a":\n1}{"a":"}{"}\r\n\n [2]')) == [{"a": "1"}, {"a": "}{"}, ["2"]]


def test_every_difference_is_named():
    expected, actual = compute([play()], [song("a")]), compute([play(title="x")], [song("b")])
    assert golden.differences(expected, expected) == []
    assert [each.split(":")[0] for each in golden.differences(expected, actual)] == ["songplays", "songs"]


def test_real_data_has_the_known_figures(real_data):
    star = golden.compute(golden.read_folder(real_data))
    assert star.counts() == {
        "songplays": 6820, "matched": 333, "users": 97, "songs": 14896, "artists": 9553, "time": 6813,
    }
