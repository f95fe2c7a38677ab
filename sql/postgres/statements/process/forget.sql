-- SPDX-License-Identifier: Apache-2.0
-- Forgets the processes of a kind that nobody heard of for a day, unless they still claim tasks or have sessions: claim/is_foreign.sql passes over the
-- locks of such a session as a silent worker's. Run by a process of that kind if process/seen.sql found one.
-- $1 worker, $2 'worker' or 'watch'
DELETE FROM copyfleet.workers f
WHERE f.seen_at < clock_timestamp() - interval '1 day' AND f.worker <> $1 AND f.kind = $2
  AND NOT EXISTS (
    SELECT FROM copyfleet.attempts a
    JOIN copyfleet.tasks t USING (run, task)
    WHERE a.ended_at IS NULL AND t.state = 'planned' AND split_part(a.worker, '/', 1) = f.worker)
  AND NOT EXISTS (
    SELECT FROM copyfleet.sessions s WHERE s.may_load AND s.application_name = left('copyfleet-worker ' || f.worker, 63))
