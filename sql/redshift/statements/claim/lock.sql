-- SPDX-License-Identifier: Apache-2.0
-- Whether nobody has claimed the task: an open attempt is the claim (attempt/begin.sql takes it, if it is still free then). Run by a worker
-- for each task message. There is no lock that others could hold.
-- $1 run, $2 task
SELECT COUNT(*) = 0 FROM copyfleet.attempts WHERE run = $1::BIGINT AND task = $2::INTEGER AND ended_at IS NULL
