# SPDX-License-Identifier: Apache-2.0
"""A guest of the database, who may create in public as everybody could before PostgreSQL 15, plants twins of all that copyfleet's SQL
names: functions, operators, types and tables. Nothing of his is ever called, and all comes out the same."""

import contextlib
import json
import re

import pytest
from support.by_hand import HOMELESS, MEND, NEEDS_LOCATION, put_day, status, users
from support.expect import COLUMNS as PATHS
from support.expect import SONG, assert_star, assert_verified, lines, run, song_key
from support.fleet import REPOSITORY

SOURCES = [*sorted((REPOSITORY / "sql" / "postgres").rglob("*.sql")), REPOSITORY / "common" / "db" / "dialect_postgres.c"]
TEXT = "\n".join(re.sub(r"--[^\n]*", "", path.read_text()) for path in SOURCES)
FUNCTIONS = sorted(set(re.findall(r"\b([a-z_][a-z_0-9]*) ?\(", TEXT)))
TEMPORARY = sorted(set(re.findall(r"\bpg_temp\.(\w+)", TEXT)) | set(re.findall(r"CREATE TEMP(?:ORARY)? TABLE (\w+)", TEXT)))
OPERATORS = "= <> < > <= >= + - * / % ^ || << >> & ~ !~ ~~ !~~".split()
GRAMMAR = re.compile(r"coalesce|nullif|greatest|least|extract|exists|values|with|as|on|in|any|all|array|over|using|set|by|and|or|not|where|"
                     r"select|from|then|filter|key|check|unique|references|copy|stdin|memory_format|sizeof|if|while|for|return|join|else|case")
NARROW = "text varchar bigint integer numeric".split()
WIDE = NARROW + "name boolean date time timestamp timestamptz interval oid".split() + ["double precision", "text[]", "bigint[]"]
PLANT = """
CREATE FUNCTION public.plant(called text) RETURNS void LANGUAGE plpgsql AS $plant$
BEGIN
  EXECUTE called;
EXCEPTION WHEN OTHERS THEN
  NULL; -- what the server refuses to make, nobody can call
END
$plant$
"""
BODY = "LANGUAGE plpgsql AS $$BEGIN RAISE LOG 'twin of %% called', '{0}'; RAISE EXCEPTION 'twin of %% called', '{0}'; END$$".replace("%%", "%")
COMPARES = {"=", "<>", "<", ">", "<=", ">=", "~", "!~", "~~", "!~~"}


def signatures(rows, name):
    """The catalog's own, and each that would win over one of them by its exact types."""
    own = {tuple(types) for other, types in rows if other == name}
    made = set(own)
    for count in {len(types) for types in own} | {3} if name == "format" else {len(types) for types in own}:
        kinds = WIDE if count < 3 else NARROW if count < 4 else []
        combined = [()]
        for _ in range(count if kinds else 0):
            combined = [(*types, kind) for types in combined for kind in kinds]
        made |= set(combined)
    return made


def twins(rows):
    names = {name for name, _ in rows}
    for name in [each for each in FUNCTIONS if each in names and not GRAMMAR.fullmatch(each)]:
        for types in sorted(signatures(rows, name)):
            yield f'CREATE FUNCTION public."{name}"({", ".join(types)}) RETURNS text {BODY.format(name)}'
    for left in WIDE:
        for right in WIDE:
            for result in ("boolean", left):
                yield f'CREATE FUNCTION public."op {result}"({left}, {right}) RETURNS {result} {BODY.format("an operator")}'
            for operator in OPERATORS:
                result = "boolean" if operator in COMPARES else left
                yield f'CREATE OPERATOR public.{operator} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public."op {result}")'
    for name in ("text", "uuid", "timestamptz", "regclass", "oid", "name", "bool"):
        yield f"CREATE DOMAIN public.{name} AS pg_catalog.int4 CHECK (VALUE < 0)"
    for name in (*TEMPORARY, "pg_class", "pg_locks", "pg_stat_activity", "pg_settings", "pg_namespace", "pg_roles"):
        yield f'CREATE VIEW public."{name}" AS SELECT 1 / 0 AS run'


@contextlib.contextmanager
def planted(warehouse):
    if not warehouse.rows("SELECT FROM pg_roles WHERE rolname = 'guest'"):
        warehouse.execute("CREATE ROLE guest")  # stays: what he owns goes with the database
    warehouse.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    rows = warehouse.rows(
        """SELECT p.proname, array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t)
           FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace"""
    )
    session = warehouse.session()
    try:
        with session.cursor() as cursor:
            cursor.execute("SET ROLE guest; SET check_function_bodies = off; SET search_path = pg_catalog")
            cursor.execute(PLANT)
            made = [cursor.mogrify("SELECT public.plant(%s)", (twin,)).decode() for twin in twins(rows)]
            for first in range(0, len(made), 500):
                cursor.execute("; ".join(made[first : first + 500]))
        session.commit()
        yield
    finally:
        session.close()


def said_of_twins(fleet):
    log = (fleet.servers.folder / "postgres.log").read_text(errors="replace")
    return sorted(set(re.findall(r"twin of [^\n]* called", log)))


@pytest.mark.parametrize("revoked", [False, True])
@pytest.mark.parametrize("path", ["public", "public, pg_catalog", '"$user", public'])
def test_twins_change_nothing(fleet, path, revoked):
    """From the first table on, whatever path the environment and the role bring, and also if nobody may plant any more."""
    as_path = {"PGOPTIONS": f"-c search_path={path}".replace(", ", ",")}
    before = said_of_twins(fleet)
    with planted(fleet.warehouse), contextlib.ExitStack() as stack:
        stack.callback(lambda: [process.terminate() for process in fleet.processes])
        fleet.warehouse.execute("SET search_path = pg_catalog, public")
        assert fleet.warehouse.value("SELECT count(*) FROM pg_operator WHERE oprnamespace = 'public'::regnamespace") > 3000
        assert fleet.warehouse.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace") > 5000
        fleet.environment |= as_path
        if revoked:
            fleet.warehouse.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        live(fleet, not revoked)
        assert said_of_twins(fleet) == before


def live(fleet, is_open):
    """A fleet's days, with each of its commands."""
    fleet.bucket.put("log_json_path.json", json.dumps({"jsonpaths": [f"$['{name}']" for name in PATHS]}).encode())
    said = fleet.copyfleet("create-tables").stderr
    assert "of guest and " in said and said.count("\n") == 1
    assert ("others may create in schema public" in said) == is_open
    for day in (1, 2):
        put_day(fleet, day, str(day))
    fleet.bucket.put(song_key("1"), lines(SONG))
    for command in ("plan", "plan --sql", "audit", "status"):
        fleet.copyfleet(*command.split(), expect=None if command == "audit" else 0)
    fleet.worker()
    assert run(fleet)["objects"] == 3
    look(fleet)
    put_day(fleet, 1, "1a")  # a correction
    fleet.bucket.put(song_key("1"), lines(SONG | {"duration": 99.0}))
    run(fleet)
    look(fleet)
    fleet.warehouse.execute(NEEDS_LOCATION.replace("TABLE ", "TABLE public."))
    fleet.bucket.put("log_data/2018/11/2018-11-03-events.json", lines(HOMELESS))
    run(fleet, expect=1)
    assert status(fleet, expect=1)["held"]
    fleet.copyfleet("skip", "events/2018-11-03")
    fleet.warehouse.execute(MEND.replace("TABLE ", "TABLE public."))
    fleet.copyfleet("retry", "events/2018-11-03")
    run(fleet)
    look(fleet)
    fleet.copyfleet("undo", "--yes", "events/2018-11-02")
    run(fleet)
    assert users(fleet) == ["1a", "9"]
    fleet.copyfleet("reload", "events/2018-11-02")
    fleet.bucket.delete("log_data/2018/11/2018-11-03-events.json")
    run(fleet)
    assert users(fleet) == ["1a", "2", "9"]
    assert_verified(fleet)


def look(fleet):
    assert_star(fleet)
    assert_verified(fleet)
    assert json.loads(fleet.copyfleet("analyze", "--format", "json").stdout)
    for command in (["audit"], ["plan"], ["status"]):
        fleet.copyfleet(*command)


def test_the_twins_are_such(fleet):
    """Else all of it would mean nothing: whoever has public in his path calls them."""
    with planted(fleet.warehouse):
        session = fleet.warehouse.session()
        for sql in ("floor(1::bigint)", "format('x'::text, 1::bigint, 2::integer)", "1::bigint = 1::numeric"):
            with session.cursor() as cursor, pytest.raises(Exception, match="twin of .* called"):
                cursor.execute(f"SET search_path = public; SELECT {sql}")
            session.rollback()
        session.close()
