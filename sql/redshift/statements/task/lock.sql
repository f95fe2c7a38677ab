-- SPDX-License-Identifier: Apache-2.0
-- The first statement after BEGIN of whoever changes tasks: waits until nobody else writes the ledger, before there is a snapshot. Run by a worker
-- before it settles or splits a task.
-- $1 run, which is of no account here
LOCK copyfleet.plan_lock;
LOCK copyfleet.claims_lock;
