# SPDX-License-Identifier: Apache-2.0
"""System tables and views as Amazon documents them, as far as copyfleet asks for them; and what DuckDB forgets of a table: bytes of a VARCHAR."""

import dataclasses
import datetime

from sqlglot import expressions

from .errors import ServerError
from .judge import LITERAL

TYPES = {"VARCHAR": "character varying", "DOUBLE": "double precision", "TIMESTAMP": "timestamp without time zone"}

LOAD_ERRORS = {
    "sys_load_error_detail": "user_id INTEGER, query_id BIGINT, transaction_id BIGINT, session_id INTEGER, database_name VARCHAR, table_id INTEGER,"
    " start_time TIMESTAMP, file_name VARCHAR, line_number BIGINT, column_name VARCHAR, column_type VARCHAR, column_length VARCHAR,"
    ' "position" INTEGER, error_code INTEGER, error_message VARCHAR',
    "stl_load_errors": "userid INTEGER, slice INTEGER, tbl INTEGER, starttime TIMESTAMP, session INTEGER, query INTEGER, filename VARCHAR,"
    " line_number BIGINT, colname VARCHAR, type VARCHAR, col_length VARCHAR, position INTEGER, raw_line VARCHAR, raw_field_value VARCHAR,"
    " err_code INTEGER, err_reason VARCHAR",
}


@dataclasses.dataclass
class Column:
    type: str
    length: int = 0
    is_not_null: bool = False


class Catalog:
    def __init__(self, database, locks, sessions, slices, missing):
        self.database, self.locks, self.sessions, self.missing = database, locks, sessions, missing
        database.execute("CREATE TABLE rs_lengths (table_name VARCHAR, column_name VARCHAR, bytes INTEGER)")
        for table, columns in LOAD_ERRORS.items():
            if table not in missing:
                database.execute(f"CREATE TABLE {table} ({columns})")
        rows = " UNION ALL ".join(f"SELECT {number} AS slice, 'D' AS type" for number in range(slices))
        database.execute(f"CREATE TABLE stv_slices AS {rows}")
        database.execute("CREATE TABLE pg_user AS SELECT 'awsuser' AS usename, 100 AS usesysid, true AS usesuper")
        database.execute("CREATE TABLE pg_proc (proname VARCHAR, pronamespace BIGINT, proowner INTEGER)")
        database.execute("CREATE VIEW svv_tables AS SELECT table_schema, table_name, table_type FROM information_schema.tables")
        types = " ".join(f"WHEN '{duck}' THEN '{name}'" for duck, name in TYPES.items())
        database.execute(
            "CREATE VIEW svv_columns AS SELECT c.table_schema, c.table_name, c.column_name, c.ordinal_position, c.column_default, c.is_nullable,"
            f" CASE c.data_type {types} ELSE lower(c.data_type) END AS data_type, l.bytes AS character_maximum_length, c.numeric_precision,"
            " c.numeric_scale FROM information_schema.columns c"
            " LEFT JOIN rs_lengths l ON l.table_name = c.table_name AND l.column_name = c.column_name"
        )

    def refresh(self, session, sql):
        """Views that are made when they are asked for; those that this server is told to lack."""
        bare = LITERAL.sub("''", sql).lower()
        for name in self.missing:
            if name in bare:
                raise ServerError(self.missing[name], f"relation {name}: permission denied, or it does not exist")
        if "svv_transactions" in bare or "sys_query_history" in bare:
            self.make_transactions(session)

    def make_transactions(self, session):
        cursor = session.cursor()
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE svv_transactions (txn_owner VARCHAR, txn_db VARCHAR, xid BIGINT, pid INTEGER, txn_start TIMESTAMP,"
            " lock_mode VARCHAR, lockable_object_type VARCHAR, relation BIGINT, granted BOOLEAN)"
        )
        for number, (name, holder) in enumerate(self.locks.held().items()):
            schema, table = name.split(".") if "." in name else ("main", name)
            found = "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?"
            ((relation,),) = cursor.execute(found, [schema, table]).fetchall()
            values = ["awsuser", "dev", number, holder.pid, holder.began_at.replace(tzinfo=None), "AccessExclusiveLock", "relation", relation, True]
            cursor.execute("INSERT INTO svv_transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE sys_query_history (session_id INTEGER, status VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP)"
        )
        for other in self.sessions():
            state = "running" if other.is_running else "success"
            at = other.active_at.replace(tzinfo=None)
            cursor.execute("INSERT INTO sys_query_history VALUES (?, ?, ?, ?)", [other.pid, state, at, at])

    def note_table(self, session, statement):
        """The bytes that each VARCHAR of a new table may have."""
        schema = statement.this
        if statement.kind != "TABLE" or not isinstance(schema, expressions.Schema):
            return
        table = schema.this.name
        with session.cursor().cursor() as cursor:  # of its own, so that it does not wait for the transaction
            cursor.execute("DELETE FROM rs_lengths WHERE table_name = ?", [table])
            for column in schema.find_all(expressions.ColumnDef):
                sizes = column.kind.expressions if column.kind else []
                if sizes and column.kind.this in expressions.DataType.TEXT_TYPES:
                    cursor.execute("INSERT INTO rs_lengths VALUES (?, ?, ?)", [table, column.name, int(sizes[0].name)])

    def columns(self, session):
        def columns_of(table):
            name = table.split(".")[-1]
            lengths = dict(session.cursor().execute("SELECT column_name, bytes FROM rs_lengths WHERE table_name = ?", [name]).fetchall())
            described = session.cursor().execute(f"DESCRIBE {table}").fetchall()
            return {row[0]: Column(str(row[1]), lengths.get(row[0], 0), row[2] == "NO") for row in described}

        return columns_of

    def note_load_errors(self, session, number, errors):
        """Outside of the session's transaction, whose ROLLBACK they outlive."""
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        with session.cursor().cursor() as cursor:
            for url, line, column, value, code, reason in errors:
                if "sys_load_error_detail" not in self.missing:
                    cursor.execute(
                        "INSERT INTO sys_load_error_detail VALUES (100, ?, 1, ?, 'dev', 1, ?, ?, ?, ?, '', '', 0, ?, ?)",
                        [number, session.pid, now, url, line, column, code, reason[:512]],
                    )
                if "stl_load_errors" not in self.missing:
                    cursor.execute(
                        "INSERT INTO stl_load_errors VALUES (100, 0, 1, ?, ?, ?, ?, ?, ?, '', '', 0, '', ?, ?, ?)",
                        [now, session.pid, number, url, line, column, str(value)[:1024], code, reason[:100]],
                    )
