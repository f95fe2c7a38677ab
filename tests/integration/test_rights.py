# SPDX-License-Identifier: Apache-2.0
"""Who may do what in the warehouse: the ledger grants nobody anything, nothing of a stranger's is taken for it, and a default schema
that is open to others is not searched."""

import contextlib
import re

import pytest
from support.by_hand import put_day
from support.expect import assert_star, assert_verified, put_paths, run
from test_sql_dir import own  # noqa: F401 (a fixture)

GRANTED = """
    SELECT name, grantee::regrole::text, privilege_type
    FROM (SELECT 'schema' AS name, nspacl AS acl, nspowner AS owner FROM pg_namespace WHERE nspname = 'copyfleet'
          UNION ALL
          SELECT relname, relacl, relowner FROM pg_class WHERE relnamespace = 'copyfleet'::regnamespace
          UNION ALL
          SELECT proname, coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc WHERE pronamespace = 'copyfleet'::regnamespace) o,
         aclexplode(acl) a
    WHERE a.grantee <> o.owner"""


@contextlib.contextmanager
def role(fleet, suffix):
    """A role that is nobody in particular."""
    name = f"{suffix}-{fleet.warehouse.name}"
    fleet.warehouse.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'guest'")
    try:
        yield name
    finally:
        for process in fleet.processes:
            process.terminate()
        fleet.warehouse.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def test_the_ledger_grants_nobody_anything(fleet):
    """Whatever its owner's default privileges say; what is granted afterwards stays."""
    with role(fleet, "guest") as guest:
        for what in ("TABLES", "SEQUENCES", "FUNCTIONS", "SCHEMAS"):
            fleet.warehouse.execute(f'ALTER DEFAULT PRIVILEGES GRANT ALL ON {what} TO PUBLIC, "{guest}"')
        fleet.copyfleet("create-tables")
        assert fleet.rows(GRANTED) == []
        fleet.warehouse.execute(f'GRANT USAGE ON SCHEMA copyfleet TO "{guest}"; GRANT SELECT ON copyfleet.runs, copyfleet.tasks TO "{guest}"')
        fleet.copyfleet("create-tables")
        rights = fleet.rows(GRANTED)
        assert {grantee for _, grantee, _ in rights} == {f'"{guest}"'}
        assert {right for _, _, right in rights} == {"USAGE", "SELECT", "EXECUTE"}
        assert ("tasks", f'"{guest}"', "SELECT") in rights and ("versions", f'"{guest}"', "SELECT") not in rights
        as_guest = {"PGUSER": guest, "PGPASSWORD": "guest"}
        with contextlib.closing(fleet.warehouse.session()) as session, session.cursor() as cursor:
            cursor.execute(f'SET ROLE "{guest}"; SELECT * FROM copyfleet.load_progress')
        assert "permission denied" in fleet.copyfleet("audit", expect=3, environment=as_guest).stderr
        fleet.warehouse.execute(f'ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM PUBLIC, "{guest}"')


def test_a_create_tables_that_failed_grants_nobody_anything_either(own):  # noqa: F811
    """What it left behind counts as there already."""
    own.copyfleet("create-tables", "--drop", "--yes")
    own.warehouse.execute("DROP SCHEMA copyfleet CASCADE")
    with role(own, "guest") as guest:
        own.warehouse.execute(f"""ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, "{guest}"; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC""")
        own.write("star.sql", "CREATE TABLE")
        own.copyfleet("create-tables", expect=3)
        assert own.rows("SELECT to_regclass('copyfleet.plan_lock') IS NOT NULL") == [(True,)]
        assert own.rows(GRANTED) == []
        own.write("star.sql", "")
        own.copyfleet("create-tables")
        assert own.rows(GRANTED) == []
        own.warehouse.execute("ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM PUBLIC")


@pytest.mark.parametrize("whole", [False, True])
def test_a_schema_that_a_stranger_made_is_no_ledger(fleet, whole):
    with role(fleet, "stranger") as stranger:
        fleet.warehouse.execute(f'GRANT CREATE ON DATABASE "{fleet.warehouse.name}" TO "{stranger}"')
        if whole:
            fleet.copyfleet("create-tables")
            fleet.warehouse.execute(f'ALTER SCHEMA copyfleet OWNER TO "{stranger}"')
        else:
            fleet.warehouse.execute(f'CREATE SCHEMA copyfleet AUTHORIZATION "{stranger}"')
        said = fleet.copyfleet("create-tables", expect=3).stderr
        assert f"belongs to {stranger}, who is a stranger" in said and said.count("\n") == 1
        assert fleet.rows("SELECT FROM pg_proc WHERE pronamespace = 'copyfleet'::regnamespace") == [] or whole
        fleet.copyfleet("create-tables", "--drop", "--yes")
        assert fleet.rows("SELECT nspowner::regrole = current_user::regrole FROM pg_namespace WHERE nspname = 'copyfleet'") == [(True,)]


@pytest.mark.parametrize("is_superuser", [True, False])
@pytest.mark.parametrize("what", ["TABLE public.staging_events (_object bigint)", "VIEW public.songs AS SELECT 1 AS a"])
def test_what_a_stranger_made_is_no_table_of_ours(fleet, what, is_superuser):
    """His triggers would run as the loader; the names of indexes stand in for indexes."""
    with role(fleet, "fleet") as loader, role(fleet, "guest") as guest:
        fleet.warehouse.execute(f"""GRANT CREATE, TEMPORARY ON DATABASE "{fleet.warehouse.name}" TO "{loader}";
            GRANT CREATE ON SCHEMA public TO "{loader}", "{guest}"; SET ROLE "{guest}"; CREATE {what};
            CREATE TABLE public.staging_events_object (); CREATE TABLE public.staging_events_match ();
            RESET ROLE; REVOKE CREATE ON SCHEMA public FROM "{guest}" """)
        as_loader = {} if is_superuser else {"PGUSER": loader, "PGPASSWORD": "guest"}
        said = fleet.copyfleet("create-tables", expect=3, environment=as_loader).stderr
        kind, name = what.split()[:2]
        assert re.search(rf"{name.split('.')[1]} at .* belongs to \"{guest}\", who is a stranger", said) and said.count("\n") == 1
        assert fleet.rows("SELECT to_regclass('copyfleet.ledger') IS NULL") == [(True,)]
        fleet.warehouse.execute(f"DROP {kind} {name}; DROP TABLE staging_events_object, staging_events_match")
        fleet.copyfleet("create-tables", environment=as_loader)
        if not is_superuser:
            fleet.warehouse.execute("DROP SCHEMA copyfleet CASCADE")


def test_a_member_of_the_owner_is_no_stranger(fleet):
    with role(fleet, "fleet") as member, role(fleet, "owner") as owner:
        fleet.warehouse.execute(f'''GRANT "{owner}" TO "{member}"; GRANT CREATE, TEMPORARY ON DATABASE "{fleet.warehouse.name}" TO "{owner}";
                                    GRANT ALL ON SCHEMA public TO "{owner}"; CREATE SCHEMA copyfleet AUTHORIZATION "{owner}"''')
        said = fleet.copyfleet("create-tables", environment={"PGUSER": member, "PGPASSWORD": "guest"})
        assert said.stderr == ""
        fleet.warehouse.execute("DROP SCHEMA copyfleet CASCADE")


@pytest.mark.parametrize("grantee", ["PUBLIC", "guest"])
def test_an_open_schema_is_said_and_not_searched(own, grantee):  # noqa: F811
    """A person's files name what is in it by its schema, or say what to do."""
    put_day(own, 2, "2")
    with role(own, "guest") as guest:
        whom = "PUBLIC" if grantee == "PUBLIC" else f'"{guest}"'
        own.warehouse.execute(f"GRANT CREATE ON SCHEMA public TO {whom}")
        said = own.copyfleet("create-tables")
        assert "others may create in schema public" in said.stderr and said.returncode == 0
        own.worker()
        run(own)
        assert_star(own)
        own.write("transform/60_own.sql", "INSERT INTO songs SELECT 'x' WHERE false")
        put_day(own, 3, "3")
        said = own.copyfleet("run", expect=3).stderr
        assert "transform/60_own.sql: " in said and "schema public is not searched" in said and "REVOKE CREATE" in said
        own.write("transform/60_own.sql", "INSERT INTO :schema.songs SELECT 'x' WHERE false")
        run(own)
        own.write("checks/99_own.sql", "-- check: own\nSELECT * FROM songs WHERE false")
        assert "is not searched" in own.copyfleet("verify", expect=3).stderr
        own.write("star.sql", "CREATE TABLE own (a integer)")
        assert "star.sql: " in own.copyfleet("create-tables", expect=3).stderr
        assert own.rows("SELECT oid::regclass FROM pg_class WHERE relname = 'own'") == []
        own.warehouse.execute(f"REVOKE CREATE ON SCHEMA public FROM {whom}")
        assert own.copyfleet("create-tables").stderr == ""
        own.write("transform/60_own.sql", "INSERT INTO songs SELECT 'x' WHERE false")
        put_day(own, 3, "3a")
        run(own)
        assert_star(own)
        assert_verified(own)


THINGS = {
    "function": ("FUNCTION public.lower(character varying)",
                 "CREATE {} RETURNS text LANGUAGE sql AS 'SELECT NULL::text'"),
    "operator": ("OPERATOR public.=(text,text)",
                 "CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq)"),
    "type": ("DOMAIN public.lower", "CREATE {} AS text"),
}


@pytest.mark.parametrize("thing", THINGS)
def test_what_a_guest_left_behind_is_said_and_not_found(own, thing):  # noqa: F811
    """Until it is the fleet's own. His tables, and what an extension brings, stand in for nothing."""
    name, sql = THINGS[thing]
    with role(own, "guest") as guest:
        own.warehouse.execute(f"""GRANT CREATE ON SCHEMA public TO "{guest}"; GRANT CREATE ON DATABASE "{own.warehouse.name}" TO "{guest}";
                                  SET ROLE "{guest}"; CREATE TABLE public.lists (a integer); CREATE EXTENSION citext SCHEMA public; {sql.format(name)};
                                  RESET ROLE; REVOKE CREATE ON SCHEMA public FROM "{guest}" """)
        said = own.copyfleet("create-tables").stderr
        called = name.replace("DOMAIN", "type").replace("FUNCTION", "function").replace("OPERATOR", "operator")
        assert f"in schema public ({called} of {guest}): drop it or change its owner" in said and said.count("\n") == 1
        own.write("transform/60_own.sql", "INSERT INTO songs SELECT 'x' WHERE false")
        put_day(own, 2, "2")
        own.worker()
        said = own.copyfleet("run", expect=3).stderr
        assert "schema public is not searched, so write :schema.NAME, or mend this: others own" in said
        own.warehouse.execute(f"ALTER {name} OWNER TO CURRENT_USER")
        assert own.copyfleet("create-tables").stderr == ""
        run(own)
        assert_star(own)
        own.warehouse.execute("DROP EXTENSION citext")


def test_a_name_of_a_guest_s_stays_in_its_line(fleet):
    with role(fleet, "guest") as guest:
        fleet.warehouse.execute(f"""GRANT CREATE ON SCHEMA public TO "{guest}"; SET ROLE "{guest}";
            CREATE FUNCTION public."a\n\x1b[31m{'b' * 50}"() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'; RESET ROLE""")
        said = fleet.copyfleet("create-tables").stderr
        assert said.count("\n") == 1 and "\x1b" not in said and 'function public."a??[31mbbb' in said


def test_the_default_schema_is_the_role_s_own(idle):
    """The first one of its path that exists, in odd letters; what it has of the same name elsewhere is not touched."""
    schema = 'My "own" Schema'
    quoted = '"My ""own"" Schema"'
    idle.warehouse.execute(f"CREATE SCHEMA {quoted}")
    idle.environment["PGOPTIONS"] = '-c search_path=no_such,\\"My\\ \\"\\"own\\"\\"\\ Schema\\",public'.replace('\\"', '"')
    assert schema in idle.copyfleet("create-tables").stdout
    put_day(idle, 1, "1")
    idle.worker()
    run(idle)
    assert idle.rows("SELECT user_id FROM public.users") == []
    assert idle.rows(f"SELECT user_id FROM {quoted}.users") == [("1",)]
    assert_verified(idle)


def test_a_role_by_the_name_of_the_ledger_s_schema(fleet):
    """Its default schema is the ledger's, from its first session on."""
    put_paths(fleet)
    if not fleet.rows("SELECT FROM pg_roles WHERE rolname = 'copyfleet'"):
        fleet.warehouse.execute("CREATE ROLE copyfleet LOGIN PASSWORD 'guest'")
    fleet.warehouse.execute(f'GRANT CREATE, TEMPORARY ON DATABASE "{fleet.warehouse.name}" TO copyfleet')
    fleet.environment |= {"PGUSER": "copyfleet", "PGPASSWORD": "guest"}
    for _ in range(2):
        assert "in schema copyfleet;" in fleet.copyfleet("create-tables").stdout
    put_day(fleet, 1, "1")
    fleet.worker()
    run(fleet)
    assert fleet.rows("SELECT user_id FROM copyfleet.users") == [("1",)]
    assert_verified(fleet)


def test_what_a_transform_calls_for_each_row_is_inlined(idle):
    """A function that sets a search_path would not be."""
    for call in ("match_hash(song, artist)", "distance(length, registration)"):
        plan = idle.rows(f"EXPLAIN (VERBOSE, COSTS off) SELECT copyfleet.{call} FROM staging_events")
        assert call.split("(")[0] not in str(plan), plan
