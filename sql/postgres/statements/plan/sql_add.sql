-- SPDX-License-Identifier: Apache-2.0
-- A statement, or a file of them, that a run would execute. Run by copyfleet plan.
-- $1 step of the line, $2 dataset or file, $3 SQL
INSERT INTO pg_temp.copyfleet_sql (step, name, sql) VALUES ($1, $2, $3)
