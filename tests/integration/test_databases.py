# SPDX-License-Identifier: Apache-2.0
"""Databases that are set up in another way than most: their encoding, and what a role or a database sets for its sessions."""

import json

import pytest
from support.by_hand import put_day
from support.expect import PLAY, SONG, assert_star, assert_verified, day_key, lines, put_paths, run, song_key
from support.fleet import Fleet, Warehouse
from support.status_reads import assert_calm, assert_refused
from test_rights import role

ENCODINGS = ["LATIN1", "WIN1252", "SQL_ASCII", "EUC_JP"]


class EncodedWarehouse(Warehouse):
    encoding = None

    def administration(self, command):
        if command != "CREATE DATABASE":
            return super().administration(command)
        connection = self.servers.connect_database("postgres")
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE \"{self.name}\" TEMPLATE template0 ENCODING '{self.encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
        connection.close()
        return None


@pytest.fixture(params=ENCODINGS)
def encoded(servers, tmp_path, request):
    class EncodedFleet(Fleet):
        def make_warehouse(self, name):
            EncodedWarehouse.encoding = request.param
            return EncodedWarehouse(self.servers, name)

    made = EncodedFleet(servers, tmp_path)
    yield made, request.param
    problems = made.close()
    assert not problems, "\n".join(problems)


@pytest.mark.operating("the database is not in UTF8")
def test_a_database_that_cannot_hold_every_key_is_refused(encoded):
    """By name, by whatever comes first, and nothing is made in it."""
    fleet, encoding = encoded
    put_paths(fleet)
    assert_refused(fleet, f"has the encoding {encoding}", "ENCODING 'UTF8'")
    for command in ("create-tables", "run"):
        said = fleet.copyfleet(command, expect=3).stderr
        assert f"has the encoding {encoding}" in said and "ENCODING 'UTF8'" in said
    assert fleet.rows("SELECT nspname FROM pg_namespace WHERE nspname = 'copyfleet'") == []
    worker = fleet.worker()
    assert worker.expect(3).wait() == 3
    assert f"has the encoding {encoding}" in worker.text
    assert_refused(fleet, f"has the encoding {encoding}", "ENCODING 'UTF8'")
    fleet.warehouse.drop()
    fleet.warehouse = Warehouse(fleet.servers, fleet.warehouse.name)
    fleet.copyfleet("create-tables")
    assert_calm(fleet)


# Each changes what is compared as text, or what an expression means.
SETTINGS = {
    "quote_all_identifiers": "on", "extra_float_digits": "-15", "IntervalStyle": "iso_8601", "DateStyle": "'SQL, DMY'", "bytea_output": "escape",
    "transform_null_equals": "on", "array_nulls": "off", "row_security": "off", "TimeZone": "'Asia/Kolkata'", "client_encoding": "LATIN1",
    "default_transaction_read_only": "on", "default_transaction_isolation": "serializable",
    "standard_conforming_strings": "off",
}


@pytest.mark.parametrize("whose", ["ROLE", "DATABASE"])
def test_settings_of_a_role_or_database_change_nothing(fleet, whose):
    """All commands, a correction and an undo; keys and texts that have any letter."""
    put_paths(fleet)
    with role(fleet, "owner") as name:
        fleet.warehouse.execute(f'GRANT CREATE ON DATABASE "{fleet.warehouse.name}" TO "{name}"; GRANT CREATE, USAGE ON SCHEMA public TO "{name}"')
        of = name if whose == "ROLE" else fleet.warehouse.name
        for setting, value in SETTINGS.items():
            fleet.warehouse.execute(f'ALTER {whose} "{of}" SET {setting} = {value}')
        fleet.environment |= {"PGUSER": name, "PGPASSWORD": "guest"}
        fleet.copyfleet("create-tables")
        fleet.worker()
        for day in (1, 2):
            put_day(fleet, day, str(day), location="Zürich, 東京", length=123.4567890123)
        fleet.bucket.put(day_key(3).replace("events", "größe"), lines(PLAY))
        fleet.bucket.put(song_key("1"), lines(SONG))
        run(fleet)
        put_day(fleet, 2, "3")
        run(fleet)
        assert_star(fleet)
        assert_verified(fleet)
        for command in ("status", "audit", "plan", "analyze", "verify"):
            fleet.copyfleet(command, "--format", "json")
        fleet.copyfleet("undo", "--yes", f"s3://{fleet.bucket.name}/{day_key(1)}")
        run(fleet)
        assert json.loads(fleet.copyfleet("audit", "--format", "json").stdout)
        assert_verified(fleet)
