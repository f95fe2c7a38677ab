# SPDX-License-Identifier: Apache-2.0
"""Whose fault it is that a staging table does not take its rows: the table's, which holds the dataset until a person mends it and condemns
no object, or a row's, which fails its object at once, and is told with its place."""

import json

import pytest
from support.by_hand import status
from support.expect import run
from support.failures import dead_letters, outcomes, reasons, task_states
from support.fleet import wait_until
from support.status_reads import assert_calm, wait_for_calm, wait_until_told
from test_rights import role
from test_types import OWN, dataset, own_sql

OBJECTS = 4
COLUMNS = "id integer, kind text, next integer"
RAISES = (
    "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$;"
    "CREATE TRIGGER fail {when} ON things {each} EXECUTE FUNCTION public.fail()"
)


def raises(body, when="BEFORE INSERT", each="FOR EACH ROW"):
    return RAISES.format(body=body, when=when, each=each)


@pytest.fixture
def things(fleet):
    """Two datasets of one's own, each with a table."""
    del fleet.settings["S3"]
    own_sql(fleet, {"things": COLUMNS, "others": COLUMNS})
    for name in ("things", "others"):
        dataset(fleet, name, MAX_ERRORS=1)
        put(fleet, f"{name}/good", [{"id": 0, "kind": "a"}])
    fleet.configure("FLEET", BACKOFF_BASE_MS=5, BACKOFF_WAIT_MS_MAX=20)
    fleet.copyfleet("create-tables")
    return fleet


def put(fleet, key, rows):
    fleet.bucket.put(key, b"\n".join(json.dumps(row).encode() for row in rows))



MEND_TRIGGER = "DROP TRIGGER fail ON things"
# How it becomes unfit, what is said, and how it is mended.
UNFIT = {
    "a trigger returns NULL": (raises("RETURN NULL;"), ["a trigger of it leaves some out by RETURN NULL"], MEND_TRIGGER),
    "a statement's trigger raises": (
        raises("RAISE 'closed today';", each="FOR EACH STATEMENT"), ["closed today", "SQLSTATE P0001"], MEND_TRIGGER),
    "a trigger after the last row raises": (
        raises("RAISE 'closed today';", when="AFTER INSERT").replace("public.fail()", "public.things_3()"), ["closed today", "SQLSTATE P0001"], MEND_TRIGGER),
    "no partition": (
        f"DROP TABLE things; CREATE TABLE things ({COLUMNS}{OWN}) PARTITION BY LIST (kind)",
        ["no partition of relation", "(kind) = (a)", "attach a partition for it, or a DEFAULT partition"],
        "CREATE TABLE rest PARTITION OF things DEFAULT",
    ),
    "a key": (
        "ALTER TABLE things ADD UNIQUE (kind)",
        ["things_kind_key", "drop that key", "old and new rows stand side by side in staging"],
        "ALTER TABLE things DROP CONSTRAINT things_kind_key",
    ),
    "an exclusion": (
        "ALTER TABLE things ADD CONSTRAINT alone EXCLUDE USING btree (kind WITH =)", ["alone", "drop that key"],
        "ALTER TABLE things DROP CONSTRAINT alone",
    ),
    "a function that a trigger misses": (raises("PERFORM nowhere();"), ["SQLSTATE 42883"], MEND_TRIGGER),
    "a table that a trigger misses": (raises("INSERT INTO nowhere VALUES (1);"), ["nowhere", "SQLSTATE 42P01"], MEND_TRIGGER),
    "a trigger after the last row divides by zero": (
        raises("PERFORM 1 / 0;", when="AFTER INSERT", each="FOR EACH STATEMENT"), ["division by zero", "SQLSTATE 22012"], MEND_TRIGGER),
    "a materialized view": (
        f"DROP TABLE things; CREATE TABLE moved ({COLUMNS}{OWN}); CREATE MATERIALIZED VIEW things AS SELECT * FROM moved",
        ["cannot lock relation", "not supported for materialized views"],
        "DROP MATERIALIZED VIEW things; ALTER TABLE moved RENAME TO things",
    ),
    "an identity at its end": (
        "ALTER TABLE things ADD number smallint GENERATED ALWAYS AS IDENTITY (START 32767)", ["SQLSTATE 2200H"],
        "ALTER TABLE things DROP number",
    ),
    "a column of ours": ("ALTER TABLE things ALTER _object TYPE integer", ["column _object", "integer", "make it bigint"],
                         "ALTER TABLE things ALTER _object TYPE bigint"),
    "a foreign column": ("ALTER TABLE things ADD at inet", ["column at", "inet", "make it text"], "ALTER TABLE things DROP at"),
}


def put_alike(fleet, count=OBJECTS):
    for number in range(count):
        put(fleet, f"things/{number}", [{"id": number, "kind": "a"}, {"id": number, "kind": "a"}])


@pytest.mark.operating("no worker can begin tasks of dataset …", "a staging table does not take any row as it is")
@pytest.mark.parametrize("what", UNFIT)
def test_an_unfit_table_condemns_no_object(things, what):
    """Its dataset waits, the other one loads, and once the table is mended all that waited does."""
    unfit, words, mend = UNFIT[what]
    assert_calm(things)
    things.configure("FLEET", TASK_OBJECTS_MAX=1)
    things.warehouse.execute(unfit)
    put_alike(things)
    worker = things.worker()
    assert run(things, expect=1)["rows"] >= 1
    assert things.rows("SELECT count(*) FROM others") == [(1,)]
    refused = things.rows("SELECT DISTINCT dataset, state, reason FROM copyfleet.tasks WHERE state <> 'loaded'")
    assert [row[:2] for row in refused] == [("things", "planned")]
    assert all(word in refused[0][2] for word in words) and "create-tables" not in refused[0][2], refused
    assert set(outcomes(things)) <= {"refused", "loaded"} and dead_letters(things) == []
    told = wait_until_told(things, "waiting", *words, "copyfleet retry things", says=["no worker can begin tasks of dataset things"])
    (row,) = told.json["waiting"]
    assert row["dataset"] == "things" and row["reason"] == refused[0][2]
    said, loads = (worker.text.count(f"event=task.{end} ") for end in ("refused", "loaded"))
    assert 1 <= said <= loads, "it is said once, not once a task, and again after something has loaded"
    assert things.copyfleet("plan", expect=None).returncode in (0, 1)

    things.warehouse.execute(mend)
    run(things)
    wait_for_calm(things)
    assert set(task_states(things)) == {"loaded"} and dead_letters(things) == []
    assert things.rows("SELECT count(*) FROM things") == [(2 * OBJECTS + 1,)]


def test_a_key_in_staging_holds_a_correction(things):
    """Not before: nothing is wrong until an object's second version comes."""
    things.warehouse.execute("ALTER TABLE things ADD PRIMARY KEY (id)")
    things.worker()
    run(things)
    put(things, "things/good", [{"id": 0, "kind": "corrected"}])
    run(things, expect=1)
    (row,) = status(things, expect=1)["waiting"]
    assert "things_pkey" in row["reason"] and "drop that key" in row["reason"]
    things.warehouse.execute("ALTER TABLE things DROP CONSTRAINT things_pkey")
    run(things)
    assert things.rows("SELECT kind FROM things WHERE _run = 2") == [("corrected",)]


# How the table forbids the row {"id": 7}, what is said.
BAD_ROWS = {
    "CHECK": ("ALTER TABLE things ADD CONSTRAINT small CHECK (id <> 7)", ["small", "SQLSTATE 23514"]),
    "a row's trigger": (
        raises("IF NEW.id = 7 THEN RAISE 'no sevens' USING DETAIL = 'Six is fine.'; END IF;"), ["no sevens", "; Six is fine", "SQLSTATE P0001"]),
    "NOT NULL": (
        "ALTER TABLE things ALTER id SET NOT NULL;" + raises("NEW.id = NULLIF(NEW.id, 7);"),
        ['"id"', "SQLSTATE 23502"]),
    "an index": ("CREATE INDEX ON things ((1 / (id - 7)))", ["division by zero", "SQLSTATE 22012"]),
    "another partition's": (
        "CREATE TABLE public.whole (LIKE things) PARTITION BY RANGE (id); ALTER TABLE public.whole ATTACH PARTITION things FOR VALUES FROM (0) TO (7)",
        ["violates partition constraint"]),
} | {  # a trigger may raise what the server says of its own
    state: (raises(f"IF NEW.id = 7 THEN RAISE 'no sevens' USING ERRCODE = '{state}'; END IF;"), ["no sevens"])
    for state in ("check_violation", "unique_violation", "ZZ001")
}
BEFORE = "\n".join(json.dumps({"id": number}, indent=1) for number in range(3)) + '\n{"id": "bad"}\n'  # lines 1 to 10
SEVEN = '{"id": 7, "kind": "seven"}'


@pytest.mark.operating("a staging table does not take one row")
@pytest.mark.parametrize("what", BAD_ROWS)
def test_a_row_that_the_table_refuses_is_told_with_its_place(things, what):
    """Whatever stood before it in its task: other objects, rows of several lines, bad rows."""
    unfit, words = BAD_ROWS[what]
    assert_calm(things)
    things.warehouse.execute(unfit)
    things.bucket.put("things/1", (BEFORE + BEFORE.replace("bad", "1") + "\n".join(['{"id": 1}'] * 2000)).encode())
    things.bucket.put("things/2", b"")
    things.bucket.put("things/3", f"{BEFORE}{SEVEN}\n{SEVEN}\n".encode())
    things.bucket.put("things/4", b'{"id": 4}')
    things.worker()
    run(things, expect=1)
    assert sorted(outcomes(things)) == ["loaded", "loaded", "split"], "nothing certain is tried twice"
    states = dict(things.rows(
        "SELECT o.key, t.state FROM copyfleet.versions v JOIN copyfleet.objects o USING (object) JOIN copyfleet.tasks t USING (run, task)"))
    assert states.pop("things/3") == "failed" and set(states.values()) == {"loaded"}
    told = wait_until_told(things, "held", *words, "line 11: ", "copyfleet retry", says=["things/3 holds run 1"])
    (held,) = told.json["held"]
    assert not any(advice in held["reason"] for advice in ("partition for it", "drop that key")), held
    ((line, ordinal, raw, reason),) = things.rows(
        "SELECT line, ordinal, raw, reason FROM copyfleet.rejects JOIN copyfleet.objects USING (object) WHERE key = 'things/3' AND line > 10")
    assert (line, ordinal, raw) == (11, 4, SEVEN) and all(word in reason for word in words)
    (letter,) = dead_letters(things, 1)
    assert (letter["key"], letter["line"]) == ("things/3", 11)
    things.copyfleet("skip", "1")
    assert_calm(things)


def test_a_row_that_only_the_end_finds_out(things):
    """A foreign key is looked at after the last row: the task is split, and its DETAIL says which value it is."""
    things.warehouse.execute("CREATE TABLE public.known (id integer PRIMARY KEY); INSERT INTO public.known VALUES (0), (1)")
    things.warehouse.execute("ALTER TABLE things ADD FOREIGN KEY (id) REFERENCES public.known")
    put(things, "things/1", [{"id": 1}])
    put(things, "things/2", [{"id": 1}, {"id": 2}])
    things.worker()
    run(things, expect=1)
    (held,) = status(things, expect=1)["held"]
    assert held["object"].endswith("/things/2") and "Key (id)=(2) is not present" in held["reason"]
    assert sorted(outcomes(things)) == ["loaded", "loaded", "loaded", "split", "split"]
    assert things.rows("SELECT count(*) FROM things") == [(2,)]


def test_what_the_database_leaves_to_itself(things):
    """Generated and identity columns, and defaults of none of ours."""
    things.warehouse.execute(
        "ALTER TABLE things ADD twice integer GENERATED ALWAYS AS (id * 2) STORED, ADD number integer GENERATED BY DEFAULT AS IDENTITY")
    put(things, "things/1", [{"id": 1, "twice": 9, "number": 9}])
    things.worker()
    run(things)
    assert things.rows("SELECT id, twice FROM things ORDER BY id") == [(0, 0), (1, 2)]


def may_load(fleet, name):
    """All that a fleet's role needs that does not own the tables."""
    fleet.warehouse.execute(
        f"""GRANT USAGE ON SCHEMA copyfleet, public TO "{name}"; GRANT ALL ON ALL TABLES IN SCHEMA copyfleet TO "{name}";
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA copyfleet TO "{name}"; GRANT SELECT, INSERT, DELETE ON things, others TO "{name}" """)


DENIED = {
    "the right to insert": (
        'REVOKE INSERT ON things FROM "{role}"', ["permission denied for table things", "the role is {role}", "GRANT"],
        'GRANT INSERT ON things TO "{role}"'),
    "row-level security": (
        "ALTER TABLE things ENABLE ROW LEVEL SECURITY", ["row-level security", "DISABLE ROW LEVEL SECURITY"],
        "ALTER TABLE things DISABLE ROW LEVEL SECURITY"),
}


@pytest.mark.parametrize("what", DENIED)
def test_a_table_that_the_role_may_not_load(things, what):
    """It says what to do, and the other dataset loads."""
    deny, words, allow = DENIED[what]
    with role(things, "loader") as name:
        may_load(things, name)
        things.warehouse.execute(deny.format(role=name))
        worker = things.worker(environment={"PGUSER": name, "PGPASSWORD": "guest"})
        run(things, expect=1)
        assert things.rows("SELECT count(*) FROM others") == [(1,)] and worker.is_running
        (row,) = status(things, expect=1)["waiting"]
        assert all(word.format(role=name) in row["reason"] for word in words), row
        things.warehouse.execute(allow.format(role=name))
        run(things)
        assert things.rows("SELECT count(*) FROM things") == [(1,)]


UNLOADABLE = [
    "bit(3)", "varbit", "interval", "interval day", "time", "time(3)", "timetz", "integer[]", "text[]", "bytea", "inet", "uuid", "json",
    "money", "point", "name", '"char"', "xml", "tsvector", "int4range", "public.mood", "public.positive", "public.short",
]


def test_create_tables_names_what_cannot_be_loaded(things):
    """By dataset, column and type; the other tables are made."""
    things.warehouse.execute(
        "CREATE TYPE public.mood AS ENUM ('fine'); CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0); CREATE DOMAIN public.short AS varchar(3)")
    for kind in UNLOADABLE:
        things.warehouse.execute(f"ALTER TABLE things ADD odd {kind}")
        done = things.copyfleet("create-tables", expect=1)
        assert "no worker could load dataset things: the column odd of the staging table things is of type" in done.stderr, kind
        assert "make it text" in done.stderr and "others" not in done.stderr
        things.warehouse.execute("ALTER TABLE things DROP odd")
    things.copyfleet("create-tables")


@pytest.mark.parametrize("column", ["_object", "_run", "_ordinal"])
@pytest.mark.parametrize("kind", ["integer", "text", "timestamp", "numeric"])
def test_create_tables_looks_at_our_own_columns(things, column, kind):
    things.warehouse.execute(f"ALTER TABLE things DROP {column}, ADD {column} {kind}")
    said = things.copyfleet("create-tables", expect=1).stderr
    assert f"column {column} of the staging table things is of type {kind}" in said and "make it bigint" in said


def test_create_tables_looks_at_rescued(things):
    dataset(things, "things", ON_UNKNOWN="rescue")
    things.configure()
    assert "no column _rescued" in things.copyfleet("create-tables", expect=1).stderr
    things.warehouse.execute("ALTER TABLE things ADD _rescued json")
    assert "_rescued of the staging table things is json" in things.copyfleet("create-tables", expect=1).stderr
    things.warehouse.execute("ALTER TABLE things ALTER _rescued TYPE jsonb USING _rescued::jsonb")
    things.copyfleet("create-tables")
