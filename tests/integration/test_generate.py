# SPDX-License-Identifier: Apache-2.0
"""The generated data: the same bytes each time, and as untidy as the real thing."""

import json

import next_day
import pytest
from support import golden
from support.fleet import generate


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return golden.read_folder(generate(tmp_path_factory.mktemp("data"), events=8000, days=30, songs=1000))


def rows(data, prefix):
    return [row for key, content in data.items() if key.startswith(prefix) for row in golden.rows(content)]


def test_same_arguments_same_bytes(data, tmp_path):
    assert golden.read_folder(generate(tmp_path, events=8000, days=30, songs=1000)) == data


def test_another_seed_gives_other_data(data, tmp_path):
    other = golden.read_folder(generate(tmp_path, events=8000, days=30, songs=1000, seed=2))
    assert not set(other) & {key for key in data if key.startswith("song_data/")}


def test_counts_are_those_asked_for(data):
    assert len(rows(data, "log_data/")) == 8000
    assert len(rows(data, "song_data/")) == 1000
    assert sum(key.startswith("log_data/2018/11/2018-11-") for key in data) == 30


def test_more_days_fit_on_and_touch_nothing_else(tmp_path):
    options = {"events": 300, "days": 3, "songs": 60}
    before = golden.read_folder(generate(tmp_path, **options))
    after = golden.read_folder(generate(tmp_path, more_days=1, **options))
    assert {key for key in after if after[key] != before.get(key)} == {"log_data/2018/11/2018-11-04-events.json"}


def test_the_next_day_is_one_new_file_and_one_corrected(tmp_path):
    folder = generate(tmp_path, events=600, days=3, songs=60)
    before = golden.read_folder(folder)
    next_day.main([str(folder)])
    after = golden.read_folder(folder)
    corrected, new = "log_data/2018/11/2018-11-02-events.json", "log_data/2018/11/2018-11-04-events.json"
    assert {key for key in after if after[key] != before.get(key)} == {corrected, new}

    def plays(data, key):
        return [row for place, row in golden.compute(data).songplays.items() if place[0] == key]

    def matched(rows):
        return sum(row[3] is not None for row in rows)

    assert len(plays(after, corrected)) < len(plays(before, corrected))
    assert matched(plays(after, corrected)) > matched(plays(before, corrected))
    users = {row[0] for row in golden.compute(after).tables["users"]} - {row[0] for row in golden.compute(before).tables["users"]}
    assert users == {"1000001"}


def test_about_one_play_in_twenty_matches_most_at_equal_length(data):
    star = golden.compute(data)
    songs = {row["song_id"]: float(row["duration"]) for row in rows(data, "song_data/")}
    events = {(key, ordinal): row for key in data if key.startswith("log_data/") for ordinal, row in enumerate(golden.rows(data[key]))}
    matched = {place: row[3] for place, row in star.songplays.items() if row[3]}
    equal = sum(float(events[place]["length"]) == songs[song] for place, song in matched.items())
    assert 0.03 < len(matched) / len(star.songplays) < 0.07
    assert 0.85 < equal / len(matched) < 1


def test_files_do_not_end_in_a_newline(data):
    assert not [key for key, content in data.items() if content.endswith(b"\n")]


def test_texts_arrive_as_numbers(data):
    songs = rows(data, "song_data/")
    for column in ("title", "artist_name", "artist_location"):
        assert any(isinstance(song[column], golden.Number) for song in songs), column
    assert "4.6" in [song["title"] for song in songs]
    assert None in [song["artist_location"] for song in songs]
    assert any("\t" in (song["artist_location"] or "") for song in songs)


def test_a_song_is_spread_over_lines(data):
    assert any(b"\n" in content for key, content in data.items() if key.startswith("song_data/"))


def test_events_of_nobody(data):
    events = [event for event in rows(data, "log_data/") if event["userId"] == ""]
    assert events
    for event in events:
        assert [event[name] for name in ("firstName", "lastName", "gender", "registration", "userAgent")] == [None] * 5


def test_number_formats_escapes_and_control_characters(data):
    for key in (key for key in data if key.startswith("log_data/")):
        event = json.loads(data[key].split(b"\n")[0], parse_float=golden.Number)
        assert isinstance(event["ts"], int) and event["registration"].endswith(".0")
    logs = b"".join(content for key, content in data.items() if key.startswith("log_data/"))
    assert b"\\u00c3\\u0083" in logs and b'"userAgent":"\\"' in logs and b"\\/" in logs and b"\\t" in logs
    assert all(byte < 128 for byte in logs)


def test_users_with_both_levels_artists_with_several_names_and_equal_songs(data):
    levels, names, songs, instants = {}, {}, {}, []
    for event in rows(data, "log_data/"):
        levels.setdefault(event["userId"], set()).add(event["level"])
        instants.append(event["ts"])
    for song in rows(data, "song_data/"):
        names.setdefault(song["artist_id"], set()).add(song["artist_name"])
        songs.setdefault((song["title"], song["artist_name"]), set()).add(song["song_id"])
    del levels[""]
    assert 0 < sum(len(each) == 2 for each in levels.values()) < len(levels)
    assert any(len(each) > 1 for each in names.values())
    assert any(len(each) > 1 for each in songs.values())
    assert len(set(instants)) < len(instants)
