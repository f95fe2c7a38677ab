-- SPDX-License-Identifier: Apache-2.0
-- Lets one worker at a time give new ordinals in a run. This is a statement of its own: a statement that waits for the lock and then counts would have the
-- snapshot from before its wait. Run by a worker before it splits a task.
-- $1 run
SELECT FROM copyfleet.runs WHERE run = $1 FOR NO KEY UPDATE
