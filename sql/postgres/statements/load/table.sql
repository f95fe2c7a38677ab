-- SPDX-License-Identifier: Apache-2.0
-- The first step of a load's transaction: keeps the staging table's columns as they are to the transaction's end. Run by a worker. Another session
-- that has the table gets some seconds, then the load gives its place to other tables'. The longer bound afterwards is for locks that triggers wait
-- for: a load beside this one may hold them.
-- :table the table, as SQL writes it
SET LOCAL lock_timeout = '5s';
LOCK TABLE :table IN ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout = '60s'
