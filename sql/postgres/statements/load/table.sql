-- SPDX-License-Identifier: Apache-2.0
-- The first step of a load's transaction: keeps the staging table's columns as they are to the transaction's end. Run by a worker. The load waits some
-- seconds if another session has the table, then it gives its place to loads of other tables. The longer bound afterwards is for locks that triggers wait
-- for: a load beside this one may hold such locks.
-- :table the table, as SQL writes it
SET LOCAL lock_timeout = '5s';
LOCK TABLE :table IN ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout = '60s'
