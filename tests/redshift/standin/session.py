# SPDX-License-Identifier: Apache-2.0
"""A session: Redshift's statements, one at a time, on a DuckDB connection of its own."""

import contextlib
import datetime
import re
import socket

import duckdb
import sqlglot
from buenavista.backends.duckdb import DuckDBQueryResult, DuckDBSession

from . import catalog, copying
from .errors import ServerError, conflict
from .judge import LITERAL

FUNCTIONS = [  # that DuckDB has under another name, or not
    (re.compile(r"(?<![\w.])(?:pg_catalog\.)?version\(\)", re.I), "'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.0 (a stand-in)'"),
    (re.compile(r"(?<![\w.])current_database\(\)", re.I), "'dev'"),
    (re.compile(r"(?<![\w.])current_user\b(?!\s*\()", re.I), "'awsuser'"),
    (re.compile(r"(?<![\w.])(?:pg_catalog\.)?current_schema\(\)", re.I), "'main'"),
]
ROWS_WORDS = {"INSERT": "INSERT 0 {}", "UPDATE": "UPDATE {}", "DELETE": "DELETE {}"}


class Session(DuckDBSession):
    def __init__(self, cursor, server):
        super().__init__(cursor)
        cursor.execute("SET integer_division = true")
        cursor.execute("SET TimeZone = 'UTC'")
        self.server, self.pid, self.handler = server, 0, None
        self.is_ended = self.has_failed = self.has_snapshot = False
        self.timeout_ms = self.last_copy_rows = 0
        self.began_at = self.active_at = datetime.datetime.now(datetime.timezone.utc)
        self.is_running = False

    # --- one statement -------------------------------------------------------------------------------------------------

    def execute_sql(self, sql, params=None):
        if params:
            raise ServerError("0A000", "Redshift's statements are sent without parameters")
        self.is_running, problem = True, ""
        try:
            return self.execute_one(sql)
        except Exception as error:
            self.has_failed = self.in_txn
            problem = f" -- {error}"
            raise
        finally:
            self.is_running, self.active_at = False, datetime.datetime.now(datetime.timezone.utc)
            if self.server.is_traced:
                print(self.pid, " ".join(sql.split())[:400] + problem, flush=True)

    def execute_one(self, sql):
        tokens = sqlglot.tokenize(sql, read="redshift")
        if any(token.text == ";" for token in tokens[:-1]):
            raise ServerError("0A000", "the stand-in takes one statement at a time")
        word = tokens[0].text.upper() if tokens else ""
        if self.has_failed and word not in ("ROLLBACK", "ABORT", "COMMIT", "END"):
            raise ServerError("25P02", "current transaction is aborted, commands ignored until end of transaction block")
        if not word:
            return DuckDBQueryResult(status="")
        why = self.server.judge.verdict(sql)
        if why:
            raise ServerError("42601", f"syntax error: {why}")
        try:
            return self.run(word, sql)
        except duckdb.TransactionException as error:
            raise conflict() from error
        except duckdb.CatalogException as error:
            raise ServerError("42P01" if "does not exist" in str(error) else "42P07", str(error)) from error
        except duckdb.BinderException as error:
            raise ServerError("42703", str(error)) from error
        except duckdb.ParserException as error:
            raise ServerError("42601", str(error)) from error
        except duckdb.ConstraintException as error:
            raise ServerError("23502", str(error)) from error
        except duckdb.ConversionException as error:
            raise ServerError("22P02", str(error)) from error
        except duckdb.InvalidInputException as error:
            is_place = "Values were not provided" in str(error)
            raise ServerError("42P02", "there is no parameter: " + " ".join(sql.split())[:200]) if is_place else error from error

    def run(self, word, sql):
        if word in ("BEGIN", "START"):
            self.in_txn, self.began_at = True, datetime.datetime.now(datetime.timezone.utc)
            return DuckDBQueryResult(status="BEGIN")
        if word in ("COMMIT", "END", "ROLLBACK", "ABORT"):
            return DuckDBQueryResult(status=self.end(word in ("COMMIT", "END")))
        if word == "SET":
            self.timeout_ms = int(copying.option(sql, r"\bstatement_timeout\s+(?:TO|=)\s+'?(\d+)", self.timeout_ms))
            return DuckDBQueryResult(status="SET")
        if word == "LOCK":
            return self.lock(sql)
        if word in ("ANALYZE", "VACUUM", "GRANT", "ALTER"):
            return DuckDBQueryResult(status=word)
        self.server.locks.pass_by(LITERAL.sub("''", sql).lower(), self, self.timeout_ms)
        if self.in_txn and not self.has_snapshot:  # not before: LOCK and SET take none
            self._cursor.execute("BEGIN")
            self.has_snapshot = True
        if word == "TRUNCATE":
            self.end(True)  # it commits
        return self.copy(sql) if word == "COPY" else self.execute_duckdb(word, sql)

    def lock(self, sql):
        if not self.in_txn:
            raise ServerError("25P01", "LOCK TABLE can only be used in transaction blocks")
        for name in re.sub(r"^\s*LOCK\s+(TABLE\s+)?", "", sql, flags=re.I).strip("; \n").split(","):
            self.server.locks.take(name.strip().lower(), self, self.timeout_ms)
            self.must_exist(name)  # not before: the holder may have dropped it
        return DuckDBQueryResult(status="LOCK TABLE")

    def must_exist(self, name):
        if self.has_snapshot:
            self._cursor.execute(f"SELECT 1 FROM {name} LIMIT 0")
            return
        with self.cursor().cursor() as cursor:  # of its own, which leaves the transaction without a snapshot
            cursor.execute(f"SELECT 1 FROM {name} LIMIT 0")

    def end(self, is_commit):
        tag = "COMMIT" if is_commit and not self.has_failed else "ROLLBACK"
        try:
            if self.has_snapshot:
                self._cursor.execute(tag)
        except duckdb.TransactionException as error:
            raise conflict() from error
        finally:
            self.in_txn = self.has_failed = self.has_snapshot = False
            self.server.locks.free(self)
        return tag

    def execute_duckdb(self, word, sql):
        for pattern, replacement in FUNCTIONS:
            sql = pattern.sub(replacement, sql)
        sql = re.sub(r"\bpg_last_copy_count\(\)", str(self.last_copy_rows), sql, flags=re.I)
        sql = re.sub(r"\bpg_backend_pid\(\)", str(self.pid), sql, flags=re.I)
        if found := re.match(r"\s*SELECT\s+pg_terminate_backend\('?(\d+)'?(?:::integer)?\)\s*;?\s*$", sql, re.I):
            return self.select(f"SELECT {self.server.terminate(int(found[1]))} AS pg_terminate_backend")
        if word == "DROP":
            return self.drop(sql)
        self.server.catalog.refresh(self, sql)
        statement = sqlglot.parse_one(sql, read="redshift")
        if word == "CREATE":
            self.server.catalog.note_table(self, statement)
        text = statement.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.IGNORE)
        if word in ("SELECT", "WITH", "SHOW", "VALUES"):
            return self.select(text)
        self._cursor.execute(text)
        if word in ROWS_WORDS:
            return DuckDBQueryResult(status=ROWS_WORDS[word].format(self._cursor.fetchall()[0][0]))
        return DuckDBQueryResult(status=" ".join(re.findall(r"\w+", sql)[:2]).upper())

    def drop(self, sql):
        """DuckDB drops one thing at a time."""
        kind, names = re.match(r"\s*(DROP\s+\w+(?:\s+IF\s+EXISTS)?)\s+(.*?)\s*;?\s*$", sql, re.I | re.S).groups()
        for name in names.split(","):
            self._cursor.execute(f"{kind} {name}")
        return DuckDBQueryResult(status=" ".join(kind.split()[:2]).upper())

    def select(self, text):
        self._cursor.execute(text)
        return DuckDBQueryResult(self._cursor.to_arrow_reader(1000), "")

    # --- COPY ----------------------------------------------------------------------------------------------------------

    def copy(self, sql):
        sql = re.sub(r"\\(.)", r"\1", sql)  # a backslash is an escape, as libpq doubles it
        order = copying.Order(sql, self.server.catalog.columns(self))
        number = self.server.next_query()
        load, has_failed = copying.run(self.server.store, order)
        copying.wait_while_held(self.server.hold, order)
        self.server.catalog.note_load_errors(self, number, load.errors)
        if has_failed:
            raise ServerError("XX000", f"Load into table '{order.table}' failed.  Check 'sys_load_error_detail' system table for details.")
        rows = load.table()
        if rows.num_rows:
            names = ", ".join(f'"{name}"' for name in order.names)
            self._cursor.register("copied_rows", rows)
            self._cursor.execute(f"INSERT INTO {order.table} ({names}) SELECT * FROM copied_rows")
            self._cursor.unregister("copied_rows")
        self.last_copy_rows = rows.num_rows
        return DuckDBQueryResult(status="COPY")

    # --- its end -------------------------------------------------------------------------------------------------------

    def terminate(self):
        self.is_ended = True
        with contextlib.suppress(OSError):
            self.handler.request.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.is_ended = True
        self._cursor.close()
        self.server.locks.free(self)
