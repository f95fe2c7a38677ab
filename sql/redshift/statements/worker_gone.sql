-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator ends as it should; those that nobody heard of for a day are forgotten with it. Run by it, once its other sessions have
-- ended.
-- $1 worker
DELETE FROM copyfleet.workers WHERE worker = $1 OR seen_at < DATEADD(day, -1, SYSDATE)
