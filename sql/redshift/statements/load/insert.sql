-- SPDX-License-Identifier: Apache-2.0
-- From the temporary table into staging: a row's place in its load is its rank by all columns, so that the same objects give the same
-- places. Run by a worker in the short transaction that settles the task, after task/lock.sql.
-- :table the staging table, :columns of the dataset; $1 the task's number: that of its first object, $2 run
INSERT INTO :table (:columns, _object, _run, _ordinal)
SELECT :columns, $1::bigint, $2::bigint, ROW_NUMBER() OVER (ORDER BY :columns) - 1
FROM copyfleet_load
