-- SPDX-License-Identifier: Apache-2.0
-- Tries to claim a task for this session. Returns whether the task is ours. Run by a worker for each task message: to plan the views that
-- claim/is_foreign.sql asks takes longer than all else that a worker asks the ledger for a task, so only who gets no lock asks these.
-- $1 run, $2 task
SELECT pg_try_advisory_lock(copyfleet.claim_key(id, $1::bigint, $2::integer)) FROM copyfleet.ledger
