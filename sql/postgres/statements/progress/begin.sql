-- SPDX-License-Identifier: Apache-2.0
-- What a run's progress counts from: the time, the runs that are open, and the number that the next run will at least have. Run by
-- copyfleet run before it plans.
SELECT
  clock_timestamp(),
  (SELECT coalesce(array_agg(run), '{}') FROM copyfleet.runs WHERE state <> 'done'),
  (SELECT coalesce(max(run), 0) + 1 FROM copyfleet.runs)
