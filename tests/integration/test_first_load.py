# SPDX-License-Identifier: Apache-2.0
"""The indexes come once a transform looks something up by them: a first load meets none, and what comes later finds all."""

import pytest
from support.by_hand import put_day
from support.expect import SONG, assert_star, assert_verified, held, lines, run, song_key

INDEXES = """SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relname LIKE 'staging_events%' ORDER BY 1"""
OF_EVENTS = ["staging_events_match", "staging_events_object"]
KEYS = """SELECT pg_get_indexdef(indexrelid), indexrelid FROM pg_index
          WHERE indrelid IN ('songplays'::regclass, 'time'::regclass) ORDER BY 1"""


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
    assert indexes(empty) == OF_EVENTS
    assert_star(empty)
    assert_verified(empty)


def test_a_load_that_is_under_way_keeps_no_transform_waiting(empty):
    """It goes on without indexes, and the next one makes them."""
    put_day(empty, 1, "1")
    run(empty)
    put_day(empty, 1, "1a")
    put_day(empty, 2, "2")
    with held(empty, "LOCK TABLE staging_events IN ROW EXCLUSIVE MODE"):
        run(empty)
    assert indexes(empty) == []
    assert_star(empty)
    put_day(empty, 3, "3")
    run(empty)
    assert indexes(empty) == OF_EVENTS
    assert_verified(empty)


@pytest.mark.parametrize("is_owner", [False, True])
def test_who_may_not_make_indexes_works_without(idle, is_owner):
    """He does not own the tables, or may not create in their schema. The next create-tables of one who may makes them."""
    role = f"fleet-{idle.warehouse.name}"
    idle.warehouse.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'fleet'")
    try:
        idle.warehouse.execute(f"""
            GRANT USAGE ON SCHEMA copyfleet TO "{role}";
            GRANT ALL ON ALL TABLES IN SCHEMA copyfleet, public TO "{role}";
            GRANT ALL ON ALL SEQUENCES IN SCHEMA copyfleet TO "{role}"; GRANT ALL ON ALL FUNCTIONS IN SCHEMA copyfleet TO "{role}";
            GRANT CREATE, TEMPORARY ON DATABASE "{idle.warehouse.name}" TO "{role}"
        """)
        for table in ("staging_events", "staging_songs", "songplays", "time") if is_owner else ():
            idle.warehouse.execute(f'ALTER TABLE {table} OWNER TO "{role}"')
        keys = idle.rows(KEYS)
        as_role = {"PGUSER": role, "PGPASSWORD": "fleet"}
        idle.worker(environment=as_role)
        for level in ("free", "paid"):
            put_day(idle, 1, "1", level=level)
            idle.copyfleet("run", environment=as_role)
        assert indexes(idle) == []
        assert_star(idle)
        assert idle.rows(KEYS) == keys
        idle.warehouse.execute(f'REASSIGN OWNED BY "{role}" TO CURRENT_USER')
        idle.copyfleet("create-tables")
        assert indexes(idle) == OF_EVENTS
    finally:
        for process in idle.processes:
            process.terminate()
        idle.warehouse.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def first_run_changes_keys(fleet):
    """Runs for the first time, and returns the definitions of the keys that were made again. None is lost or added."""
    put_day(fleet, 1, "1")
    before = dict(fleet.rows(KEYS))
    run(fleet)
    after = dict(fleet.rows(KEYS))
    assert after.keys() == before.keys()
    assert_star(fleet)
    assert_verified(fleet)
    return {definition for definition in before if after[definition] != before[definition]}


def test_an_empty_table_is_filled_before_its_keys_are_made(empty):
    assert len(first_run_changes_keys(empty)) == 3
    keys = empty.rows(KEYS)
    put_day(empty, 1, "1a")
    put_day(empty, 2, "2")
    run(empty)
    assert empty.rows(KEYS) == keys
    assert_verified(empty)


def test_a_reader_keeps_the_keys_of_an_empty_table(empty):
    """The transform does not wait for him."""
    with held(empty, "LOCK TABLE songplays, time IN ACCESS SHARE MODE"):
        assert first_run_changes_keys(empty) == set()


def test_a_key_that_something_depends_on_stays(empty):
    empty.warehouse.execute("CREATE VIEW hours AS SELECT t.start_time, t.hour, count(*) FROM time t JOIN songplays USING (start_time) GROUP BY t.start_time")
    assert all("songplays" in key for key in first_run_changes_keys(empty))


@pytest.mark.parametrize("change", [
    "ALTER TABLE songplays ADD FOREIGN KEY (start_time) REFERENCES time DEFERRABLE INITIALLY DEFERRED",
    """ALTER TABLE songplays RENAME TO old;
       CREATE TABLE songplays (LIKE old INCLUDING ALL) PARTITION BY RANGE (songplay_id);
       CREATE TABLE part PARTITION OF songplays DEFAULT""",
    "CREATE TABLE child () INHERITS (songplays)",
])
def test_a_table_with_triggers_or_children_keeps_its_keys(empty, change):
    empty.warehouse.execute(change)
    assert all("time_pkey" in key for key in first_run_changes_keys(empty))


def test_an_index_that_could_not_be_made_again_stays(empty):
    """It asks for something that a trigger on commands refuses."""
    empty.warehouse.execute("""
        CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no index now'; END$$;
        CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION refuse()""")
    assert all("time_pkey" in key for key in first_run_changes_keys(empty))


def test_a_key_that_somebody_tuned_or_described_stays(empty):
    empty.warehouse.execute("""
        ALTER INDEX songplays_pkey SET (fillfactor = 70);
        COMMENT ON INDEX songplays_start_time IS 'ours';
        ALTER TABLE time CLUSTER ON time_pkey;
        CREATE UNIQUE INDEX ours ON time (start_time DESC) INCLUDE (hour) WHERE hour < 24""")
    changed = first_run_changes_keys(empty)
    assert len(changed) == 1 and "ours" in changed.pop()
