-- SPDX-License-Identifier: Apache-2.0
-- Frees the claim of a task. Run by the worker that holds it, when the task ended or has to wait.
-- $1 run, $2 task
SELECT pg_advisory_unlock(copyfleet.claim_key(id, $1::bigint, $2::integer)) FROM copyfleet.ledger
