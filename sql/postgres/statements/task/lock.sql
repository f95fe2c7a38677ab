-- SPDX-License-Identifier: Apache-2.0
-- Lets one at a time give new ordinals in a run: a statement of its own, since one that waits for the lock and then counts has the
-- snapshot from before it waited. Run by a worker before it splits a task.
-- $1 run
SELECT FROM copyfleet.runs WHERE run = $1 FOR NO KEY UPDATE
