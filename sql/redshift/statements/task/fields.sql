-- SPDX-License-Identifier: Apache-2.0
-- Keeps what a load's objects had of their columns. Run by a worker in the load's transaction, before the fence.
-- :rows one or more rows, in parentheses, of literals
INSERT INTO copyfleet.fields (run, task, kind, name, objects, rows, object)
VALUES :rows
