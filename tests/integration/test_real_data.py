# SPDX-License-Identifier: Apache-2.0
"""The real Sparkify data, where it lies beside the checkout: every figure that is known of it."""

from support import golden
from support.expect import assert_verified, run

BOTH_LEVELS = ["15", "16", "29", "36", "49", "80", "85", "88"]


def test_every_figure(fleet, real_data):
    fleet.bucket.put_folder(real_data)
    fleet.copyfleet("create-tables")
    for _ in range(2):
        fleet.worker()
    summary = run(fleet)
    assert (summary["rows"], summary["rejects"], summary["runs_transformed"]) == (8056 + 14896, 0, 1)
    counts = {name: fleet.warehouse.value(f"SELECT count(*) FROM {name}") for name in ("staging_events", "staging_songs")}
    assert counts == {"staging_events": 8056, "staging_songs": 14896}

    star = golden.read_warehouse(fleet.rows)
    assert star.counts() == {
        "songplays": 6820, "matched": 333, "users": 97, "songs": 14896, "artists": 9553, "time": 6813,
    }
    same_length = fleet.warehouse.value(
        "SELECT count(*) FROM songplays p JOIN songs s USING (song_id)"
        " JOIN staging_events e ON e._object = p.songplay_id / 10000000000 AND e._ordinal = p.songplay_id % 10000000000"
        " WHERE e.length = s.duration"
    )
    assert same_length == 319
    levels = fleet.rows("SELECT user_id FROM songplays GROUP BY 1 HAVING count(DISTINCT level) = 2 ORDER BY user_id::int")
    assert [user for (user,) in levels] == BOTH_LEVELS
    for sql in (
        "SELECT count(*) FROM songs WHERE title = '1888'",
        "SELECT count(*) FROM songs WHERE title = '4.6'",
        "SELECT count(*) FROM artists WHERE name = '112'",
    ):
        assert fleet.warehouse.value(sql) >= 1, sql
    assert not golden.differences(golden.compute(golden.read_folder(real_data)), star)
    assert_verified(fleet)
    assert run(fleet)["tasks"] == 0
