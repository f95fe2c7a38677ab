-- SPDX-License-Identifier: Apache-2.0
-- Tries to claim a task for this session. Run by a worker for each task message.
-- $1 run, $2 task
SELECT pg_try_advisory_lock(copyfleet.claim_key($1, $2))
