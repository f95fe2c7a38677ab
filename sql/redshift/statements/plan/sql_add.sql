-- SPDX-License-Identifier: Apache-2.0
-- A statement, or a file of them, that a run would execute. Run by copyfleet plan.
-- $1 step of the line, $2 dataset or file, $3 SQL
INSERT INTO copyfleet_sql (ordinal, step, name, sql) SELECT COUNT(*) + 1, $1, $2, $3 FROM copyfleet_sql
