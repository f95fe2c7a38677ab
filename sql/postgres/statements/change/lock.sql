-- SPDX-License-Identifier: Apache-2.0
-- Run before tasks are changed in place: no worker splits one, and no transform ends their runs, until this transaction ends. A transform that was first
-- leaves its runs done, which the next statement sees.
SELECT FROM copyfleet.runs
WHERE state <> 'done' AND run IN (SELECT run FROM pg_temp.copyfleet_selected)
ORDER BY run
FOR NO KEY UPDATE
