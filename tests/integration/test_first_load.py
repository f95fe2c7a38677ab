# SPDX-License-Identifier: Apache-2.0
"""The indexes come once a transform looks something up by them: a first load meets none, and what comes later finds all."""

from support.by_hand import put_day
from support.expect import PLAY, SONG, assert_star, assert_verified, held, lines, run, song_key, start_run, wait_for_blocked

INDEXES = """SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace ORDER BY 1"""
OF_EVENTS = ["staging_events_match", "staging_events_object"]
OF_SONGS = ["staging_songs_artist", "staging_songs_match", "staging_songs_object", "staging_songs_song"]


def indexes(fleet):
    return [name for (name,) in fleet.rows(INDEXES)]


def test_indexes_come_when_they_are_needed(empty):
    assert indexes(empty) == []
    put_day(empty, 1, "1")
    run(empty)
    assert indexes(empty) == []
    put_day(empty, 2, "2")
    empty.bucket.put(song_key("1"), lines(SONG))
    run(empty)
    assert indexes(empty) == ["songplays_start_time", *OF_EVENTS, *OF_SONGS]
    assert_star(empty)
    assert_verified(empty)


def test_to_make_them_waits_for_a_load_that_is_under_way(empty):
    """For some seconds each time it is tried, and the load is not disturbed."""
    put_day(empty, 1, "1")
    run(empty)
    put_day(empty, 2, "2")
    with held(empty, "LOCK TABLE staging_events IN ROW EXCLUSIVE MODE"):
        process = start_run(empty)
        wait_for_blocked(empty, of="copyfleet")
    assert process.wait() == 0
    assert indexes(empty) == ["songplays_start_time", *OF_EVENTS]
    assert_star(empty)


def test_who_does_not_own_the_tables_works_without_indexes(idle):
    """The owner's next create-tables makes them."""
    role = f"fleet-{idle.warehouse.name}"
    idle.warehouse.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'fleet'")
    try:
        idle.warehouse.execute(f"""
            GRANT USAGE ON SCHEMA copyfleet TO "{role}";
            GRANT ALL ON ALL TABLES IN SCHEMA copyfleet, public TO "{role}";
            GRANT ALL ON ALL SEQUENCES IN SCHEMA copyfleet TO "{role}"; GRANT ALL ON ALL FUNCTIONS IN SCHEMA copyfleet TO "{role}";
            GRANT CREATE, TEMPORARY ON DATABASE "{idle.warehouse.name}" TO "{role}"
        """)
        as_role = {"PGUSER": role, "PGPASSWORD": "fleet"}
        put_day(idle, 1, "1", **PLAY)
        idle.worker(environment=as_role)
        idle.copyfleet("run", environment=as_role)
        assert indexes(idle) == []
        assert_star(idle)
        idle.copyfleet("create-tables")
        assert indexes(idle) == ["songplays_start_time", *OF_EVENTS]
    finally:
        for process in idle.processes:
            process.terminate()
        idle.warehouse.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
