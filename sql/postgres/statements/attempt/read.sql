-- SPDX-License-Identifier: Apache-2.0
-- Says how far an attempt is. Run from time to time by a worker whose load is long, after attempt/settings.sql, in a session for this alone, since the
-- session of the claim is busy.
-- $1 run, $2 task, $3 attempt, $4 bytes of the objects read so far, as S3 has them
UPDATE copyfleet.attempts SET bytes_read = $4 WHERE run = $1 AND task = $2 AND attempt = $3 AND ended_at IS NULL
